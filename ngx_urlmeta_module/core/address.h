
/*
 * Which IP addresses are special: IANA's special-purpose registries, multicast
 * and clouds' own, and IPv4 addresses embedded in IPv6 in all nine forms.
 */


#ifndef _URLMETA_ADDRESS_H_INCLUDED_
#define _URLMETA_ADDRESS_H_INCLUDED_


/* both take network order; 1 if the address is denied by default */
int urlmeta_address_special4(const unsigned char addr[4]);
int urlmeta_address_special6(const unsigned char addr[16]);


#endif /* _URLMETA_ADDRESS_H_INCLUDED_ */
