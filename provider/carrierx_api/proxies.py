"""Which variable names the proxy on the way to a server, for whoever words an error."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def proxy_variable(url: str) -> str | None:
    """``HTTPS_PROXY`` or ``ALL_PROXY``; None where no proxy is used, as for plain http."""
    parts = urlsplit(url)
    if parts.scheme != "https" or proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    return next((f"{kind.upper()}_PROXY" for kind in ("https", "all") if proxies.get(kind)), None)
