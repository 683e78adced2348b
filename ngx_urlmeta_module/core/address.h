
/*
 * Which IP addresses are special: IANA's special-purpose registries, multicast
 * and clouds' own, and IPv4 addresses embedded in IPv6 in all nine forms.
 */


#ifndef _URLMETA_ADDRESS_H_INCLUDED_
#define _URLMETA_ADDRESS_H_INCLUDED_


#include <stddef.h>


#define URLMETA_ADDRESS_EMBEDDED  5     /* the most of an address */


/* both take network order; 1 if the address is denied by default */
int urlmeta_address_special4(const unsigned char addr[4]);
int urlmeta_address_special6(const unsigned char addr[16]);

/*
 * The IPv4 addresses that an IPv6 one may lead to: mapped, compatible,
 * translated, of NAT64 under its two prefixes, 6to4, Teredo's server and
 * client, ISATAP.  Their number, URLMETA_ADDRESS_EMBEDDED at most.
 */
size_t urlmeta_address_embedded(unsigned char v4[][4],
    const unsigned char addr[16]);


#endif /* _URLMETA_ADDRESS_H_INCLUDED_ */
