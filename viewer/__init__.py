"""From a recorded trace to what the browser draws: scene, layout, steps, payload. No Streamlit here."""
