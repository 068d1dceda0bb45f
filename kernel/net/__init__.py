"""The way out to the network: addresses of pages, checks of IP addresses, the proxy, and fetching."""
