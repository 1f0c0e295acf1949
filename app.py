"""Gradwalk: `streamlit run app.py` serves the pages of ui/main.py and the routes of ui/routes.py."""

import streamlit as st
from threadpoolctl import threadpool_limits

from ui.routes import routes
from ui.shell import shell
from ui.sockets import lifespan
from ui.style import apologise

# With several BLAS threads the small products of many visitors are up to a hundred times slower.
threadpool_limits(limits=1, user_api="blas")

BASE = st.get_option("server.baseUrlPath")
app = st.App(
    "ui/main.py",
    routes=[*routes(BASE), *shell(BASE)],
    lifespan=lifespan,
    on_script_error=apologise,
)
