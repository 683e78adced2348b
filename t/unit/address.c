
/*
 * Special addresses: every range of ../shared/security/special-ranges.json at
 * its first, middle and last address, IPv4 in IPv6 in every form, and public
 * neighbors that must stay reachable.
 */


#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "address.h"
#include "tap.h"


static int special(const char *text);
static int special_bytes(int family, const unsigned char *addr);
static void own_cases(void);
static void embedded(void);
static void forms(void);
static void ranges(void);
static int range(json_t *row);


int
main(void)
{
    own_cases();
    embedded();
    forms();
    ranges();

    return done_testing();
}


static int
special(const char *text)
{
    unsigned char  addr[16];

    if (inet_pton(AF_INET, text, addr) == 1) {
        return special_bytes(AF_INET, addr);
    }

    if (inet_pton(AF_INET6, text, addr) == 1) {
        return special_bytes(AF_INET6, addr);
    }

    return -1;
}


static int
special_bytes(int family, const unsigned char *addr)
{
    return family == AF_INET ? urlmeta_address_special4(addr)
                             : urlmeta_address_special6(addr);
}


static void
own_cases(void)
{
    size_t  i;

    static const struct {
        const char  *addr;
        int          special;
    } cases[] = {
        { "0.0.0.0", 1 },
        { "0.255.255.255", 1 },
        { "1.0.0.0", 0 },
        { "9.255.255.255", 0 },
        { "10.0.0.0", 1 },
        { "11.0.0.0", 0 },
        { "127.0.0.1", 1 },
        { "168.63.129.15", 0 },
        { "168.63.129.16", 1 },
        { "168.63.129.17", 0 },
        { "169.254.169.254", 1 },
        { "192.0.1.0", 0 },
        { "192.168.0.1", 1 },
        { "198.17.255.255", 0 },
        { "198.18.0.0", 1 },
        { "198.19.255.255", 1 },
        { "198.20.0.0", 0 },
        { "223.255.255.255", 0 },
        { "224.0.0.0", 1 },
        { "239.255.255.255", 1 },
        { "240.0.0.0", 1 },
        { "255.255.255.255", 1 },
        { "::", 1 },
        { "::1", 1 },
        { "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 1 },
        { "2000::", 0 },
        { "2001:200::", 0 },
        { "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", 1 },
        { "2003::", 0 },
        { "2620:4f:8000::", 1 },
        { "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", 1 },
        { "2620:4f:8001::", 0 },
        { "3ffd:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0 },
        { "3ffe::", 1 },
        { "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", 1 },
        { "3fff:1000::", 0 },
        { "4000::", 1 },
        { "fd00:ec2::254", 1 },
        { "fe80::1", 1 },
        { "ff02::1", 1 }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        is_int(special(cases[i].addr), cases[i].special, cases[i].addr);
    }
}


/* each form with a private address and, where its prefix is not denied by
   itself, with a public one */

static void
embedded(void)
{
    char    text[96];
    size_t  i, j;

    static const char *private[] = {
        "7f00:1", "a00:1", "a9fe:a9fe", "c0a8:1", "ac10:1", "6440:1", "0:0"
    };

    static const char *prefixes[] = {
        "::ffff:", "::", "::ffff:0:", "64:ff9b::", "64:ff9b:1::", "2002::",
        "2001::", "2606:4700:0:1:0:5efe:", "2606:4700:0:1:200:5efe:"
    };

    for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        for (j = 0; j < sizeof(private) / sizeof(private[0]); j++) {
            snprintf(text, sizeof(text), "%s%s", prefixes[i], private[j]);
            is_int(special(text), 1, text);
        }
    }

    /* 6to4 has the address behind its prefix, Teredo inverted at the end */

    is_int(special("2002:a00:1::1"), 1, "6to4 of 10.0.0.1");
    is_int(special("2002:5db8:d822::1"), 1, "6to4 of a public address");
    is_int(special("2001:0:5db8:d822::f5ff:fffe"), 1, "Teredo of 10.0.0.1");
    is_int(special("::ffff:93.184.216.34"), 1, "mapped public address");
    is_int(special("64:ff9b::5db8:d822"), 1, "NAT64 of a public address");
    is_int(special("2606:4700:0:1:0:5efe:5db8:d822"), 0, "ISATAP, public");
    is_int(special("2606:4700:0:1:200:5efe:5db8:d822"), 0,
           "ISATAP, public, universal");
    is_int(special("2606:4700:0:1:100:5efe:a00:1"), 0,
           "not the interface identifier of ISATAP");
}


/* what a rule of the operator about an IPv4 address has to find */

static void
forms(void)
{
    char           found[128];
    size_t         i, j, n;
    unsigned char  addr[16], v4[URLMETA_ADDRESS_EMBEDDED][4];

    static const struct {
        const char  *addr;
        const char  *v4;
    } cases[] = {
        { "::ffff:93.184.216.34", "93.184.216.34" },
        { "::93.184.216.34", "93.184.216.34" },
        { "::ffff:0:93.184.216.34", "93.184.216.34" },
        { "64:ff9b::93.184.216.34", "93.184.216.34" },
        { "64:ff9b:1::93.184.216.34",
          "0.0.0.0 0.0.0.0 0.0.0.93 93.184.216.34" },
        { "64:ff9b:1:5db8:d8:2200::",
          "93.184.216.34 184.216.34.0 216.34.0.0 0.0.0.0" },
        { "64:ff9b:1:ff5d:b8:d822::",
          "255.93.184.216 93.184.216.34 184.216.34.0 0.0.0.0" },
        { "64:ff9b:1:ffff:5d:b8d8:2200::",
          "255.255.93.184 255.93.184.216 93.184.216.34 34.0.0.0" },
        { "2002:5db8:d822::1", "93.184.216.34" },
        { "2001:0:5db8:d822::f5ff:fffe", "93.184.216.34 10.0.0.1" },
        { "2606:4700::5efe:5db8:d822", "93.184.216.34" },
        { "2606:4700::200:5efe:5db8:d822", "93.184.216.34" },
        { "2606:4700::100:5efe:5db8:d822", "" },
        { "2606:4700::5db8:d822", "" },
        { "64:ff9b::1:5db8:d822", "" },
        { "2001:1:5db8:d822::f5ff:fffe", "" }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        found[0] = '\0';

        if (inet_pton(AF_INET6, cases[i].addr, addr) != 1) {
            ok(0, cases[i].addr);
            continue;
        }

        n = urlmeta_address_embedded(v4, addr);

        for (j = 0; j < n; j++) {
            if (j) {
                strcat(found, " ");
            }

            inet_ntop(AF_INET, v4[j], found + strlen(found), 16);
        }

        is_str(found, cases[i].v4, cases[i].addr);
    }
}


static void
ranges(void)
{
    char         path[1024], name[256];
    size_t       i, k;
    json_t      *root, *rows, *row;
    const char  *cidr;

    static const char *lists[] = { "iana_ipv4", "iana_ipv6", "beyond_iana" };

    snprintf(path, sizeof(path), "%s/security/special-ranges.json", shared());

    root = json_load_file(path, 0, NULL);
    if (root == NULL) {
        skip("no special-ranges.json");
        return;
    }

    for (k = 0; k < 3; k++) {
        rows = json_object_get(root, lists[k]);
        ok(json_array_size(rows) > 0, "%s has rows", lists[k]);

        json_array_foreach(rows, i, row) {
            cidr = json_string_value(json_object_get(row, "cidr"));
            snprintf(name, sizeof(name), "first, middle, last of %s", cidr);
            is_int(range(row), 3, name);
        }
    }

    rows = json_object_get(root, "metadata_endpoints");

    json_array_foreach(rows, i, row) {
        cidr = json_string_value(json_object_get(row, "host"));

        if (special(cidr) != -1) {
            is_int(special(cidr), 1, cidr);
        }
    }

    rows = json_object_get(root, "never_deny_examples");
    ok(json_array_size(rows) > 0, "there are public controls");

    json_array_foreach(rows, i, row) {
        is_int(special(json_string_value(row)), 0, json_string_value(row));
    }

    json_decref(root);
}


/* how many of the three addresses are special */

static int
range(json_t *row)
{
    int             family, bits, i, len, n;
    char            text[64], *slash;
    unsigned char   addr[3][16], mask;

    snprintf(text, sizeof(text), "%s",
             json_string_value(json_object_get(row, "cidr")));

    slash = strchr(text, '/');
    if (slash == NULL) {
        return -1;
    }

    *slash = '\0';
    bits = atoi(slash + 1);

    family = strchr(text, ':') ? AF_INET6 : AF_INET;
    len = family == AF_INET6 ? 16 : 4;

    if (inet_pton(family, text, addr[0]) != 1) {
        return -1;
    }

    memcpy(addr[1], addr[0], 16);
    memcpy(addr[2], addr[0], 16);

    for (i = 0; i < len; i++) {
        mask = bits >= 8 ? 0 : (unsigned char) (0xff >> bits);
        bits = bits >= 8 ? bits - 8 : 0;

        addr[1][i] |= mask & 0x55;
        addr[2][i] |= mask;
    }

    n = 0;

    for (i = 0; i < 3; i++) {
        n += special_bytes(family, addr[i]);
    }

    return n;
}
