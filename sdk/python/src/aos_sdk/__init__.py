"""Python client of AOS, the governance plane for LLM runs."""

__all__: list[str] = []
