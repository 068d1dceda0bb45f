"""Mutations of the way out to the network, each with the tests that must notice."""

PROXY, ADDRESSES, URLS, HOSTS = (
    "kernel/net/proxy.py", "kernel/net/addresses.py", "syscalls/urls.py", "syscalls/hosts.py",
)  # fmt: skip
POLICY, INDIRECT = "kernel/policy.py", "kernel/indirect.py"
OF_HOSTS, OF_INDIRECT, OF_POLICY = (
    "tests/kernel/test_hosts.py", "tests/kernel/test_indirect.py", "tests/kernel/test_fetch_policy.py",
)  # fmt: skip

NET_MUTANTS: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "a name may lead inside": (PROXY, r"if closed:", "if False:", (OF_HOSTS,)),
    "one public address is enough": (PROXY, r"if closed:", "if len(closed) == len(found):", (OF_HOSTS,)),
    "any host is granted": (
        PROXY, r"if not any\(covers\(scope, target\) for scope in self\._scopes\):", "if False:", (OF_HOSTS,),
    ),
    "the jail's line is not checked": (
        PROXY, r"if not is_name\(host\) or not is_port\(port\) or not seconds\.isdecimal\(\):", "if False:", (OF_HOSTS,),
    ),
    "link-local is public": (ADDRESSES, r'"169\.254\.0\.0/16", ', "", (OF_HOSTS,)),
    "carrier networks are public": (ADDRESSES, r'"100\.64\.0\.0/10", ', "", (OF_HOSTS,)),
    "translated addresses are not looked into": (
        ADDRESSES, r"address = IPv4Address\(int\(address\) & 0xFFFF_FFFF\)", "return True", (OF_HOSTS,),
    ),
    "tunnels are public": (ADDRESSES, r'"2002::/16", ', "", (OF_HOSTS,)),
    "all of IPv6 is public": (ADDRESSES, r"address in _OPEN_6\s+and ", "", (OF_HOSTS,)),
    "an address with a zone is public": (ADDRESSES, r"address\.scope_id is None\s+and ", "", (OF_HOSTS,)),
    "a number is a host's name": (
        HOSTS, r' and _NUMERIC\.match\(host\.rpartition\("\."\)\[2\]\) is None', "", (OF_HOSTS,),
    ),
    "a scope covers every port": (HOSTS, r"port != asked_port or ", "", (OF_HOSTS,)),
    "a star covers any ending": (HOSTS, r"asked\.endswith\(host\[1:\]\)", "asked.endswith(host[2:])", (OF_HOSTS,)),
    "any scheme is fetched": (URLS, r"if scheme not in _DEFAULT_PORTS:", "if False:", (OF_HOSTS,)),
    "every host is held": (POLICY, r"if holds\(process\.caps, Right\.NET, target\):", "if True:", (OF_POLICY,)),
    "a fetch is told to a server before the yes": (
        POLICY, r'"asks-net", reason, \(\(Right\.NET, target\),\)', '"asks-net", reason', (OF_POLICY,),
    ),
    "a call by name may name any call": (
        INDIRECT, r"if table\[name\]\.call\.given is None:", "if name == tool.call.name:", (OF_INDIRECT,),
    ),
    "a call by name forgets where its values came from": (
        INDIRECT, r"arguments=arguments, origins=origins", "arguments=arguments, origins={}", (OF_INDIRECT,),
    ),
}  # fmt: skip
