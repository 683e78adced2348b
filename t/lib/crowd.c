
/*
 * A crowd of clients: N connections that are all open before the first request
 * goes out, and stay so until all are answered.
 *
 *     crowd PORT N URI
 *
 * "%n" in the URI is the number of the connection.  Says "open" when all are
 * connected; a line "send" on stdin has each send its request, and "sent" is
 * said.  At the end there is a line for each answer,
 *
 *     status ms arrived body worker
 *
 * with milliseconds since its request, seconds since 1970 of its end, a hash
 * of its body, and the field X-Worker; a status 0 is a connection that ended
 * without an answer.  The end of stdin closes all connections and says nothing.
 */


#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>


#define CROWD_ANSWER  65536
#define CROWD_EVENTS  512


typedef struct {
    int       fd;
    int       status;
    double    sent;
    double    arrived;
    char     *data;
    size_t    len;
    size_t    size;
} crowd_client_t;


static double crowd_time(void);
static void crowd_fail(const char *what);
static void crowd_open(crowd_client_t *client, int n, int port);
static void crowd_send(crowd_client_t *client, int n, const char *uri);
static int crowd_read(crowd_client_t *c);
static void crowd_print(crowd_client_t *c);


static double
crowd_time(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_REALTIME, &ts);

    return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}


static void
crowd_fail(const char *what)
{
    fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
    exit(1);
}


static void
crowd_open(crowd_client_t *client, int n, int port)
{
    int                 i, fd;
    struct sockaddr_in  sin;

    memset(&sin, 0, sizeof(sin));

    sin.sin_family = AF_INET;
    sin.sin_port = htons((uint16_t) port);
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    for (i = 0; i < n; i++) {
        fd = socket(AF_INET, SOCK_STREAM, 0);

        if (fd == -1) {
            crowd_fail("socket");
        }

        if (connect(fd, (struct sockaddr *) &sin, sizeof(sin)) == -1) {
            crowd_fail("connect");
        }

        client[i].fd = fd;
    }
}


static void
crowd_send(crowd_client_t *client, int n, const char *uri)
{
    int          i, len, before;
    char         text[8192];
    const char  *number;

    number = strstr(uri, "%n");
    before = number ? (int) (number - uri) : 0;

    for (i = 0; i < n; i++) {

        if (number) {
            len = snprintf(text, sizeof(text), "GET %.*s%d%s HTTP/1.1\r\n"
                           "Host: localhost\r\nConnection: close\r\n\r\n",
                           before, uri, i, number + 2);

        } else {
            len = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n"
                           "Host: localhost\r\nConnection: close\r\n\r\n",
                           uri);
        }

        client[i].sent = crowd_time();

        /* one that fails has no answer, which is what is told of it */

        if (send(client[i].fd, text, (size_t) len, MSG_NOSIGNAL) != len) {
            client[i].sent = 0;
        }
    }
}


/* 0: there may be more */

static int
crowd_read(crowd_client_t *c)
{
    ssize_t  n;

    for ( ;; ) {

        if (c->size - c->len < 1024) {
            c->size = c->size ? 2 * c->size : 4096;

            if (c->size > CROWD_ANSWER) {
                errno = ENOSPC;
                crowd_fail("answer");
            }

            c->data = realloc(c->data, c->size);

            if (c->data == NULL) {
                crowd_fail("realloc");
            }
        }

        n = recv(c->fd, c->data + c->len, c->size - c->len - 1, MSG_DONTWAIT);

        if (n > 0) {
            c->len += (size_t) n;
            continue;
        }

        if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
            return 0;
        }

        c->arrived = crowd_time();
        close(c->fd);
        c->fd = -1;

        return 1;
    }
}


static void
crowd_print(crowd_client_t *c)
{
    char      *body, *worker;
    char       name[32];
    uint64_t   hash;

    hash = 14695981039346656037ULL;
    strcpy(name, "-");

    if (c->len > 12 && strncmp(c->data, "HTTP/1.1 ", 9) == 0) {
        c->data[c->len] = '\0';
        c->status = atoi(c->data + 9);

        body = strstr(c->data, "\r\n\r\n");
        worker = strstr(c->data, "X-Worker: ");

        if (worker) {
            snprintf(name, sizeof(name), "%.*s",
                     (int) strcspn(worker + 10, "\r"), worker + 10);
        }

        for (body = body ? body + 4 : c->data; *body; body++) {
            hash = (hash ^ (unsigned char) *body) * 1099511628211ULL;
        }
    }

    printf("%d %.1f %.6f %016llx %s\n", c->status,
           (c->arrived - c->sent) * 1000, c->arrived,
           (unsigned long long) hash, name);
}


int
main(int argc, char **argv)
{
    int                  i, n, ep, count, left;
    char                 line[64];
    crowd_client_t      *client;
    struct epoll_event   ev, events[CROWD_EVENTS];

    if (argc != 4) {
        fprintf(stderr, "usage: crowd PORT N URI\n");
        return 2;
    }

    setvbuf(stdout, NULL, _IOFBF, 1 << 16);

    n = atoi(argv[2]);
    client = calloc((size_t) n, sizeof(crowd_client_t));
    ep = epoll_create1(0);

    if (client == NULL || ep == -1) {
        crowd_fail("start");
    }

    crowd_open(client, n, atoi(argv[1]));

    printf("open\n");
    fflush(stdout);

    memset(&ev, 0, sizeof(ev));

    ev.events = EPOLLIN;
    ev.data.ptr = NULL;

    if (epoll_ctl(ep, EPOLL_CTL_ADD, 0, &ev) == -1) {
        crowd_fail("epoll_ctl");
    }

    for (i = 0; i < n; i++) {
        ev.data.ptr = &client[i];

        if (epoll_ctl(ep, EPOLL_CTL_ADD, client[i].fd, &ev) == -1) {
            crowd_fail("epoll_ctl");
        }
    }

    left = n;

    while (left) {
        count = epoll_wait(ep, events, CROWD_EVENTS, -1);

        for (i = 0; i < count; i++) {

            if (events[i].data.ptr) {
                left -= crowd_read(events[i].data.ptr);
                continue;
            }

            if (read(0, line, sizeof(line)) <= 0) {
                return 0;
            }

            crowd_send(client, n, argv[3]);

            printf("sent\n");
            fflush(stdout);
        }
    }

    for (i = 0; i < n; i++) {
        crowd_print(&client[i]);
    }

    return 0;
}
