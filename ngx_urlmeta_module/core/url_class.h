
/*
 * What a byte may be in each part of a URL; the bits of url_data.py.
 */


#ifndef _URLMETA_URL_CLASS_H_INCLUDED_
#define _URLMETA_URL_CLASS_H_INCLUDED_


/* the strict grammar */
#define URLMETA_URL_BAD           0x0001    /* nowhere */
#define URLMETA_URL_HIGH          0x0002    /* not ASCII */
#define URLMETA_URL_HOST          0x0004    /* of a name */
#define URLMETA_URL_PATH          0x0008    /* kept as it is, but for '/' */
#define URLMETA_URL_QUERY         0x0010    /* kept as it is */
#define URLMETA_URL_HEX           0x0020
#define URLMETA_URL_UNRESERVED    0x0040    /* RFC 3986 section 2.3 */
#define URLMETA_URL_SCHEME        0x0080    /* but the first is a letter */

/* the URL standard */
#define URLMETA_URL_PATH_SET      0x0100    /* to be percent-encoded there */
#define URLMETA_URL_QUERY_SET     0x0200
#define URLMETA_URL_FRAGMENT_SET  0x0400
#define URLMETA_URL_USERINFO_SET  0x0800
#define URLMETA_URL_FORBIDDEN     0x1000    /* in a domain */


#define urlmeta_url_is(ch, bits)                                              \
    (urlmeta_url_class[(unsigned char) (ch)] & (bits))

#define urlmeta_url_lower(ch)                                                 \
    ((char) ((ch) >= 'A' && (ch) <= 'Z' ? (ch) | 0x20 : (ch)))

/* of a byte that is URLMETA_URL_HEX */
#define urlmeta_url_hex(ch)                                                   \
    ((unsigned) ((ch) <= '9' ? (ch) - '0' : ((ch) | 0x20) - 'a' + 10))


extern const unsigned short  urlmeta_url_class[256];


/* the length of "scheme" with its colon, or 0 */
size_t urlmeta_url_scheme(const char *src, size_t len);


#endif /* _URLMETA_URL_CLASS_H_INCLUDED_ */
