"""The proxy on the way to a server, as the environment or the operating system names it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and the variable that names it. The URL may hold a password."""

    variable: str
    url: str = field(repr=False)

    @property
    def checked_url(self) -> str:
        """The URL; ``ValueError`` if it has no host, or no port that there can be."""
        parts = urlsplit(self.url)
        if not parts.hostname or parts.port == 0:
            raise ValueError
        return self.url


def proxy_to(url: str) -> Proxy | None:
    """The proxy in ``HTTPS_PROXY`` or ``ALL_PROXY`` for this URL; None if there is none.

    ``NO_PROXY`` names hosts and domains. An entry of another kind, such as a network, fits none.
    """
    parts = urlsplit(url)
    if parts.scheme != "https":
        # Plain http is for this machine alone: a proxy would carry the token off it.
        return None
    hosts = {parts.netloc, parts.hostname or ""}
    proxies = getproxies()
    excluded = {entry.strip() for entry in proxies.get("no", "").split(",")}
    # Entries that the standard library does not know: one for all hosts, and a whole URL.
    of_urls = {entry.partition("://")[2].partition("/")[0] for entry in excluded} - {""}
    is_excluded = "*" in excluded or not hosts.isdisjoint(of_urls) or any(map(proxy_bypass, hosts))
    if is_excluded:
        return None
    for kind in ("https", "all"):
        if named := proxies.get(kind):
            return Proxy(f"{kind.upper()}_PROXY", named if "://" in named else f"http://{named}")
    return None


def proxy_variable(url: str) -> str | None:
    """``HTTPS_PROXY`` or ``ALL_PROXY``, whichever names the proxy on the way; None without one."""
    proxy = proxy_to(url)
    return None if proxy is None else proxy.variable
