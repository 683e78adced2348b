
/*
 * The command line: the core over files.
 */


#ifndef _URLMETA_CLI_H_INCLUDED_
#define _URLMETA_CLI_H_INCLUDED_


#include "../core/urlmeta.h"


/* what the process ends with */

#define URLMETA_CLI_OK      0
#define URLMETA_CLI_FAILED  1       /* a document was not read or written */
#define URLMETA_CLI_USAGE   2


typedef struct {
    const char        *url;
    const char        *content_type;
    urlmeta_format_e   format;
    unsigned           details:1;
    unsigned           policy:1;
    unsigned           explain:1;
} urlmeta_cli_t;


/* one of the first three; format NULL is "json", which needs no argument */

typedef struct {
    const char        *key;
    const char        *file;
    const char        *env;
    const char        *format;
    const char        *expires;
} urlmeta_cli_sign_t;


/* urlmeta.c */

/*
 * The document in a file ("-" is the standard input) as a body of the
 * format, added to "out".  URLMETA_CLI_OK, or URLMETA_CLI_FAILED after a
 * message.
 */
int urlmeta_cli_document(const urlmeta_cli_t *cli, const char *file,
    urlmeta_buf_t *out);

void urlmeta_cli_error(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));


/* batch.c */

/*
 * Each line of "list" names a document, see urlmeta(1); its body goes to a
 * file in "dir".  URLMETA_CLI_FAILED if any of them failed.
 */
int urlmeta_cli_batch(const urlmeta_cli_t *cli, const char *list,
    const char *dir);


/* sign.c */

/* writes the arguments of a signed request for the URL */
int urlmeta_cli_sign(const urlmeta_cli_sign_t *sign, const char *url);


/* explain.c */

/* a card with details as a text that tells where each value comes from */
int urlmeta_cli_explain(const char *card, size_t len, urlmeta_buf_t *out);


#endif /* _URLMETA_CLI_H_INCLUDED_ */
