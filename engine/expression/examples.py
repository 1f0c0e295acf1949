"""Expressions to begin with. The numbers are those of the lessons, so that the two can be compared."""

from __future__ import annotations

from typing import Any

EXAMPLES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Boxes", "2*a + b*c", {"a": 1.0, "b": 2.0, "c": 3.0}),
    ("Square of a sum", "(x1 + x2)**2", {"x1": 2.0, "x2": 3.0}),
    ("Fan-out: two paths add", "a*a + a", {"a": 3.0}),
    ("A chain of products", "x1 = w*x\nx2 = w*x1\nx3 = w*x2\nw*x3", {"w": 0.5, "x": 1.0}),
    ("A tie in max", "max(a, b) + a", {"a": 2.0, "b": 2.0}),
    (
        "Hinge loss",
        "max(1 - y*(w1*x1 + w2*x2), 0)",
        {"y": -1.0, "w1": 2.0, "x1": 2.0, "w2": -1.0, "x2": 0.0},
    ),
    ("Logistic neuron", "sigmoid(w @ x + b)", {"w": [1.0, -2.0, 0.5], "x": [1.0, 0.5, 2.0], "b": -1.0}),
    (
        "Regression",
        "residuals = X @ w - y\nsum(residuals**2)",
        {"X": [[1.0, 2.0, 0.0], [0.0, -1.0, 1.0]], "w": [1.0, 0.0, 1.0], "y": [0.0, 3.0]},
    ),
    (
        "Two layers",
        "h1 = sigmoid(v1 @ phi)\nh2 = sigmoid(v2 @ phi)\nscore = w1*h1 + w2*h2\n(score - y)**2",
        {
            "v1": [-1.0, 1.0, -1.0],
            "phi": [1.0, 1.0, 3.0],
            "v2": [-1.0, -1.0, 1.0],
            "w1": 1.0,
            "w2": 1.0,
            "y": 1.0,
        },
    ),
    ("FeedForward", "relu(W @ x + b)", {"W": [[1.0, -1.0], [2.0, 1.0]], "x": [1.0, 2.0], "b": [0.0, -1.0]}),
    (
        "Softmax and cross-entropy",
        "scores = a*[1, 2, 3]\ncross_entropy(scores, 2)",
        {"a": 1.0},
    ),
    (
        "Attention",
        "scores = X @ y / sqrt(2)\nweights = softmax(scores)\nmixed = weights @ X\nmixed[0]",
        {"X": [[1.0, 0.0], [0.0, 1.0]], "y": [2.0, 0.0]},
    ),
)
