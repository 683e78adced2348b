
/*
 * Which IP addresses are special.
 *
 * IPv4 is a deny list.  IPv6 is an allow list: global unicast is 2000::/3
 * (RFC 4291 section 2.4, IANA), so that a registry row that is new tomorrow
 * and lies outside of it is closed today.  That closes these forms of embedded
 * IPv4 too: mapped, compatible, translated, 64:ff9b::/96 and 64:ff9b:1::/48
 * (RFC 6052, 8215); 6to4 and Teredo are rows of the table.  ISATAP remains, as
 * its prefix may be any.
 */


#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "address.h"


typedef struct {
    uint32_t  first;
    uint32_t  last;
} urlmeta_address_range_t;


typedef struct {
    uint64_t  high;
    uint64_t  high_mask;
    uint64_t  low;
    uint64_t  low_mask;
} urlmeta_address_prefix_t;


static int urlmeta_address_isatap(uint64_t low);
static uint64_t urlmeta_address_read(const unsigned char *p, size_t len);


#include "address_data.inc"


#define URLMETA_ADDRESS_RANGES                                                \
    (sizeof(urlmeta_address_ranges) / sizeof(urlmeta_address_ranges[0]))

#define URLMETA_ADDRESS_PREFIXES                                              \
    (sizeof(urlmeta_address_prefixes) / sizeof(urlmeta_address_prefixes[0]))


int
urlmeta_address_special4(const unsigned char addr[4])
{
    size_t    middle, left, right;
    uint32_t  ip;

    ip = (uint32_t) urlmeta_address_read(addr, 4);

    left = 0;
    right = URLMETA_ADDRESS_RANGES;

    while (left < right) {
        middle = left + (right - left) / 2;

        if (ip < urlmeta_address_ranges[middle].first) {
            right = middle;

        } else if (ip > urlmeta_address_ranges[middle].last) {
            left = middle + 1;

        } else {
            return 1;
        }
    }

    return 0;
}


int
urlmeta_address_special6(const unsigned char addr[16])
{
    size_t                           i;
    uint64_t                         high, low;
    const urlmeta_address_prefix_t  *prefix;

    high = urlmeta_address_read(addr, 8);
    low = urlmeta_address_read(addr + 8, 8);

    if (high >> 61 != 1) {
        return 1;
    }

    for (i = 0; i < URLMETA_ADDRESS_PREFIXES; i++) {
        prefix = &urlmeta_address_prefixes[i];

        if ((high & prefix->high_mask) == prefix->high
            && (low & prefix->low_mask) == prefix->low)
        {
            return 1;
        }
    }

    if (urlmeta_address_isatap(low)) {
        return urlmeta_address_special4(addr + 12);
    }

    return 0;
}


size_t
urlmeta_address_embedded(unsigned char v4[][4], const unsigned char addr[16])
{
    size_t    n;
    uint64_t  high, low;

    high = urlmeta_address_read(addr, 8);
    low = urlmeta_address_read(addr + 8, 8);
    n = 0;

    /* ::, ::ffff:0:0 and ::ffff:0:0:0, 64:ff9b::, each /96 */

    if (((high == 0)
         && (low >> 32 == 0 || low >> 32 == 0xffff
             || low >> 32 == 0xffff0000))
        || (high == 0x0064ff9b00000000 && low >> 32 == 0))
    {
        memcpy(v4[n++], addr + 12, 4);
    }

    /*
     * 64:ff9b:1::/48: RFC 6052 section 2.2 knows several places, all of which
     * leave out bits 64 to 71
     */

    if (high >> 16 == 0x0064ff9b0001) {
        memcpy(v4[n], addr + 6, 2);
        memcpy(v4[n++] + 2, addr + 9, 2);

        v4[n][0] = addr[7];
        memcpy(v4[n++] + 1, addr + 9, 3);

        memcpy(v4[n++], addr + 9, 4);
        memcpy(v4[n++], addr + 12, 4);
    }

    /* RFC 3056: 2002:, and the IPv4 address */

    if (high >> 48 == 0x2002) {
        memcpy(v4[n++], addr + 2, 4);
    }

    /* RFC 4380: 2001:0:, the server; at the end the client, inverted */

    if (high >> 32 == 0x20010000) {
        memcpy(v4[n++], addr + 4, 4);

        v4[n][0] = addr[12] ^ 0xff;
        v4[n][1] = addr[13] ^ 0xff;
        v4[n][2] = addr[14] ^ 0xff;
        v4[n++][3] = addr[15] ^ 0xff;
    }

    if (urlmeta_address_isatap(low)) {
        memcpy(v4[n++], addr + 12, 4);
    }

    return n;
}


/* RFC 5214 section 6.1: [02]00:5efe and the IPv4 address */

static int
urlmeta_address_isatap(uint64_t low)
{
    return low >> 32 == 0x00005efe || low >> 32 == 0x02005efe;
}


static uint64_t
urlmeta_address_read(const unsigned char *p, size_t len)
{
    uint64_t  n;

    for (n = 0; len; len--) {
        n = n << 8 | *p++;
    }

    return n;
}
