
/*
 * robots.txt by RFC 9309: the rules that are about one crawler, and whether
 * they let it have a path.
 */


#ifndef _URLMETA_ROBOTS_H_INCLUDED_
#define _URLMETA_ROBOTS_H_INCLUDED_


#include <stddef.h>

#include "buffer.h"


/* RFC 9309 section 2.5: so much is read at least, and here at most */
#define URLMETA_ROBOTS_MAX       (500 * 1024)

/* a line that is longer is ignored: no URL here has a path like that */
#define URLMETA_ROBOTS_LINE_MAX  8192


typedef struct urlmeta_robots_s  urlmeta_robots_t;


/*
 * The product token of a User-Agent: its first product, or what follows
 * "(compatible;" where that calls itself a browser.  Its length; 0 if there is
 * none.
 */
size_t urlmeta_robots_token(const char *user_agent, size_t len,
    const char **token);

/* NULL if memory ran out */
urlmeta_robots_t *urlmeta_robots_create(const char *token, size_t len);

/* URLMETA_OK; URLMETA_DONE: no more is read; URLMETA_ERROR */
int urlmeta_robots_feed(urlmeta_robots_t *rb, const void *data, size_t len);

/*
 * The rules of the groups that name the token, or else of those for all, are
 * added to "out"; none if everything is allowed.  A last line without an end
 * counts unless the file was "cut".  Call it once.
 */
int urlmeta_robots_finish(urlmeta_robots_t *rb, int cut, urlmeta_buf_t *out);

void urlmeta_robots_destroy(urlmeta_robots_t *rb);

/*
 * 1 if the rules let "path", with its query, be asked for, 0 if not.  Rules
 * that would take too long to look through allow nothing.  URLMETA_ERROR.
 */
int urlmeta_robots_allowed(const char *rules, size_t rules_len,
    const char *path, size_t len);


#endif /* _URLMETA_ROBOTS_H_INCLUDED_ */
