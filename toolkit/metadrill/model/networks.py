"""Addresses that nothing of ours ever calls: those of a cloud's metadata service, and of the link alone."""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_METADATA = tuple(
    ipaddress.ip_network(network)
    for network in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "100.100.100.200/32", "192.0.0.192/32")
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def meant(number: Address) -> Address:
    """Return the address that one in another's clothes stands for: mapped, 6to4, NAT64, or itself."""
    if isinstance(number, ipaddress.IPv6Address):
        if number in _NAT64:
            return ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)
        return number.ipv4_mapped or number.sixtofour or number
    return number


def forbidden(number: Address) -> bool:
    """Return whether an address is link-local or that of a metadata service, however it is written."""
    told = meant(number)
    return any(told in network for network in _METADATA)
