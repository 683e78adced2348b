
/*
 * Many documents in one process.
 */


#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "cli.h"


#define URLMETA_BATCH_COLUMNS  4
#define URLMETA_BATCH_PATH     4096


static int urlmeta_batch_line(const urlmeta_cli_t *cli, char *line,
    const char *dir, size_t number, urlmeta_buf_t *out);
static int urlmeta_batch_split(char *line, char **columns);
static int urlmeta_batch_write(const char *path, const urlmeta_buf_t *out);


int
urlmeta_cli_batch(const urlmeta_cli_t *cli, const char *list, const char *dir)
{
    int             rc;
    FILE           *f;
    char           *line;
    size_t          size, number;
    ssize_t         len;
    urlmeta_buf_t   out;

    if (mkdir(dir, 0777) == -1 && errno != EEXIST) {
        urlmeta_cli_error("%s: %s", dir, strerror(errno));
        return URLMETA_CLI_FAILED;
    }

    f = strcmp(list, "-") == 0 ? stdin : fopen(list, "re");

    if (f == NULL) {
        urlmeta_cli_error("%s: %s", list, strerror(errno));
        return URLMETA_CLI_FAILED;
    }

    memset(&out, 0, sizeof(urlmeta_buf_t));

    rc = URLMETA_CLI_OK;
    line = NULL;
    size = 0;

    for (number = 1; (len = getline(&line, &size, f)) != -1; number++) {

        while (len != 0 && (line[len - 1] == '\n' || line[len - 1] == '\r')) {
            line[--len] = '\0';
        }

        if (len == 0) {
            continue;
        }

        if (strlen(line) != (size_t) len) {
            urlmeta_cli_error("%s:%zu: a zero byte", list, number);
            rc = URLMETA_CLI_FAILED;
            continue;
        }

        urlmeta_buf_reset(&out);

        if (urlmeta_batch_line(cli, line, dir, number, &out)
            != URLMETA_CLI_OK)
        {
            rc = URLMETA_CLI_FAILED;
        }
    }

    if (ferror(f)) {
        urlmeta_cli_error("%s: %s", list, strerror(errno));
        rc = URLMETA_CLI_FAILED;
    }

    if (f != stdin) {
        (void) fclose(f);
    }

    urlmeta_buf_free(&out);
    free(line);

    return rc;
}


static int
urlmeta_batch_line(const urlmeta_cli_t *cli, char *line, const char *dir,
    size_t number, urlmeta_buf_t *out)
{
    int             n;
    char           *columns[URLMETA_BATCH_COLUMNS];
    char            path[URLMETA_BATCH_PATH];
    const char     *name, *suffix;
    urlmeta_cli_t   one;

    n = urlmeta_batch_split(line, columns);
    name = columns[0];

    if (n < 2 || columns[1][0] == '\0') {
        urlmeta_cli_error("line %zu: a name and a file are needed", number);
        return URLMETA_CLI_FAILED;
    }

    /* a name is one file in the directory, whoever wrote the list */

    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL) {
        urlmeta_cli_error("line %zu: \"%s\" is no name of a file", number,
                          name);
        return URLMETA_CLI_FAILED;
    }

    suffix = cli->format == URLMETA_FORMAT_OEMBED_XML ? "xml"
             : strncmp(urlmeta_format_type(cli->format), "text/html", 9) == 0
             ? "html" : "json";

    if (snprintf(path, sizeof(path), "%s/%s.%s", dir, name, suffix)
        >= (int) sizeof(path))
    {
        urlmeta_cli_error("line %zu: the path is too long", number);
        return URLMETA_CLI_FAILED;
    }

    one = *cli;
    one.url = (n > 2 && columns[2][0]) ? columns[2] : NULL;
    one.content_type = (n > 3 && columns[3][0]) ? columns[3] : NULL;

    if (urlmeta_cli_document(&one, columns[1], out) != URLMETA_CLI_OK) {
        return URLMETA_CLI_FAILED;
    }

    return urlmeta_batch_write(path, out);
}


/* the number of columns; what follows the last one is no part of it */

static int
urlmeta_batch_split(char *line, char **columns)
{
    int    n;
    char  *tab;

    for (n = 0; n < URLMETA_BATCH_COLUMNS; n++) {
        columns[n] = line;

        tab = strchr(line, '\t');

        if (tab == NULL) {
            return n + 1;
        }

        *tab = '\0';
        line = tab + 1;
    }

    return n;
}


static int
urlmeta_batch_write(const char *path, const urlmeta_buf_t *out)
{
    int    failed;
    FILE  *f;

    f = fopen(path, "we");

    if (f == NULL) {
        urlmeta_cli_error("%s: %s", path, strerror(errno));
        return URLMETA_CLI_FAILED;
    }

    failed = fwrite(out->data, 1, out->len, f) != out->len;
    failed |= fclose(f) != 0;

    if (failed) {
        urlmeta_cli_error("%s: %s", path, strerror(errno));
        return URLMETA_CLI_FAILED;
    }

    return URLMETA_CLI_OK;
}
