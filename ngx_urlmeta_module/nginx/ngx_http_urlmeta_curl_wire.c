
/*
 * What comes over the wire, beside what libcurl makes of it: not all that it
 * reads is handed out and counted.  Extensions of chunks are not, nor is what
 * TLS is made of, and none of them has an end of its own.
 */


#include "ngx_http_urlmeta_curl_worker.h"

#include <sys/ioctl.h>


#define NGX_HTTP_URLMETA_CURL_EXCESS  (1024 * 1024)


/*
 * glibc's struct tcp_info ends before tcpi_bytes_received, and the kernel's own
 * header cannot be included beside glibc's.  The field stands behind 104 bytes
 * of smaller ones and three of its own size.
 */

uint64_t
ngx_http_urlmeta_curl_received(curl_socket_t fd)
{
#if (NGX_LINUX)

    uint64_t   info[17];
    socklen_t  len;

    len = sizeof(info);

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &len) == 0
        && len == sizeof(info))
    {
        return info[16];
    }

#endif

    return 0;
}


ngx_uint_t
ngx_http_urlmeta_curl_excess(curl_socket_t fd, uint64_t expected)
{
    int       unread;
    uint64_t  received;

    received = ngx_http_urlmeta_curl_received(fd);
    expected += NGX_HTTP_URLMETA_CURL_EXCESS;

    if (received <= expected) {
        return 0;
    }

    /* what libcurl has not read yet is not held against the origin */

    if (ioctl(fd, FIONREAD, &unread) == -1) {
        unread = 0;
    }

    return received - (uint64_t) unread > expected;
}
