"""The web app: pages in Streamlit, HTTP routes in Starlette, charts in Plotly."""
