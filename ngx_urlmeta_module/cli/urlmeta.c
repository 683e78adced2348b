
/*
 * urlmeta: a document from a file or the standard input, its card out.
 */


#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"


#define URLMETA_CLI_CHUNK    65536

/* of --help, beside the names of options */
#define URLMETA_CLI_COLUMNS  55


static int urlmeta_cli_read(urlmeta_reader_t *rd, const char *file,
    size_t *bytes);
static int urlmeta_cli_card(const urlmeta_cli_t *cli, urlmeta_reader_t *rd,
    size_t bytes, urlmeta_buf_t *out);
static int urlmeta_cli_format(const urlmeta_cli_t *cli, urlmeta_buf_t *card,
    urlmeta_buf_t *out);
static int urlmeta_cli_single(const urlmeta_cli_t *cli, const char *file);
static int urlmeta_cli_usage(void);
static void urlmeta_cli_help(void);


enum {
    URLMETA_OPTION_URL = 256,
    URLMETA_OPTION_CONTENT_TYPE,
    URLMETA_OPTION_DETAILS,
    URLMETA_OPTION_FORMAT,
    URLMETA_OPTION_EXPLAIN,
    URLMETA_OPTION_POLICY,
    URLMETA_OPTION_BATCH,
    URLMETA_OPTION_SIGN,
    URLMETA_OPTION_SIGN_KEY_FILE,
    URLMETA_OPTION_SIGN_KEY_ENV,
    URLMETA_OPTION_EXPIRES,
    URLMETA_OPTION_HELP,
    URLMETA_OPTION_VERSION
};


static const struct option  urlmeta_cli_options[] = {
    { "url", required_argument, NULL, URLMETA_OPTION_URL },
    { "content-type", required_argument, NULL, URLMETA_OPTION_CONTENT_TYPE },
    { "details", no_argument, NULL, URLMETA_OPTION_DETAILS },
    { "format", required_argument, NULL, URLMETA_OPTION_FORMAT },
    { "explain", no_argument, NULL, URLMETA_OPTION_EXPLAIN },
    { "policy", no_argument, NULL, URLMETA_OPTION_POLICY },
    { "batch", no_argument, NULL, URLMETA_OPTION_BATCH },
    { "sign", required_argument, NULL, URLMETA_OPTION_SIGN },
    { "sign-key-file", required_argument, NULL, URLMETA_OPTION_SIGN_KEY_FILE },
    { "sign-key-env", required_argument, NULL, URLMETA_OPTION_SIGN_KEY_ENV },
    { "expires", required_argument, NULL, URLMETA_OPTION_EXPIRES },
    { "help", no_argument, NULL, URLMETA_OPTION_HELP },
    { "version", no_argument, NULL, URLMETA_OPTION_VERSION },
    { NULL, 0, NULL, 0 }
};


int
main(int argc, char *const *argv)
{
    int                 option, batch, keys, n;
    urlmeta_cli_t       cli;
    urlmeta_cli_sign_t  sign;

    memset(&cli, 0, sizeof(urlmeta_cli_t));
    memset(&sign, 0, sizeof(urlmeta_cli_sign_t));

    cli.format = URLMETA_FORMAT_JSON;
    batch = 0;

    while ((option = getopt_long(argc, argv, "h", urlmeta_cli_options, NULL))
           != -1)
    {
        switch (option) {

        case URLMETA_OPTION_URL:
            cli.url = optarg;
            break;

        case URLMETA_OPTION_CONTENT_TYPE:
            cli.content_type = optarg;
            break;

        case URLMETA_OPTION_DETAILS:
            cli.details = 1;
            break;

        case URLMETA_OPTION_FORMAT:
            sign.format = optarg;
            break;

        case URLMETA_OPTION_EXPLAIN:
            cli.explain = 1;
            break;

        case URLMETA_OPTION_POLICY:
            cli.policy = 1;
            break;

        case URLMETA_OPTION_BATCH:
            batch = 1;
            break;

        case URLMETA_OPTION_SIGN:
            sign.key = optarg;
            break;

        case URLMETA_OPTION_SIGN_KEY_FILE:
            sign.file = optarg;
            break;

        case URLMETA_OPTION_SIGN_KEY_ENV:
            sign.env = optarg;
            break;

        case URLMETA_OPTION_EXPIRES:
            sign.expires = optarg;
            break;

        case 'h':
        case URLMETA_OPTION_HELP:
            urlmeta_cli_help();
            return fflush(stdout) == 0 ? URLMETA_CLI_OK : URLMETA_CLI_FAILED;

        case URLMETA_OPTION_VERSION:
            printf("urlmeta %s\n", URLMETA_VERSION);
            return fflush(stdout) == 0 ? URLMETA_CLI_OK : URLMETA_CLI_FAILED;

        default:

            /* getopt_long() has said why */

            return urlmeta_cli_usage();
        }
    }

    n = argc - optind;
    keys = (sign.key != NULL) + (sign.file != NULL) + (sign.env != NULL);

    if (sign.format) {
        cli.format = urlmeta_format(sign.format, strlen(sign.format));

        /* the name that a link for "urlmeta_format auto" is signed with */

        if (cli.format == URLMETA_FORMAT_UNKNOWN
            && !(keys && strcmp(sign.format, "auto") == 0))
        {
            urlmeta_cli_error("there is no format \"%s\"", sign.format);
            return urlmeta_cli_usage();
        }
    }

    if (keys) {

        if (keys > 1 || n != 1) {
            urlmeta_cli_error("--sign takes one key and one URL");
            return urlmeta_cli_usage();
        }

        if (batch || cli.url || cli.content_type || cli.explain || cli.details
            || cli.policy)
        {
            urlmeta_cli_error("--sign goes with --expires and --format only");
            return urlmeta_cli_usage();
        }

        return urlmeta_cli_sign(&sign, argv[optind]);
    }

    if (sign.expires) {
        urlmeta_cli_error("--expires goes with --sign only");
        return urlmeta_cli_usage();
    }

    if (cli.explain && cli.format != URLMETA_FORMAT_JSON) {
        urlmeta_cli_error("--explain is a format of its own");
        return urlmeta_cli_usage();
    }

    if (batch) {

        if (n != 2) {
            urlmeta_cli_error("--batch takes a list and a directory");
            return urlmeta_cli_usage();
        }

        if (cli.url || cli.content_type || cli.explain) {
            urlmeta_cli_error("--batch does not go with --url, "
                              "--content-type or --explain");
            return urlmeta_cli_usage();
        }

        urlmeta_init();

        return urlmeta_cli_batch(&cli, argv[optind], argv[optind + 1]);
    }

    if (n > 1) {
        urlmeta_cli_error("one file at a time; see --batch for more");
        return urlmeta_cli_usage();
    }

    urlmeta_init();

    return urlmeta_cli_single(&cli, n == 1 ? argv[optind] : "-");
}


static int
urlmeta_cli_single(const urlmeta_cli_t *cli, const char *file)
{
    int            rc;
    urlmeta_buf_t  out;

    memset(&out, 0, sizeof(urlmeta_buf_t));

    rc = urlmeta_cli_document(cli, file, &out);

    if (rc == URLMETA_CLI_OK
        && (fwrite(out.data, 1, out.len, stdout) != out.len
            || fflush(stdout) != 0))
    {
        urlmeta_cli_error("standard output: %s", strerror(errno));
        rc = URLMETA_CLI_FAILED;
    }

    urlmeta_buf_free(&out);

    return rc;
}


int
urlmeta_cli_document(const urlmeta_cli_t *cli, const char *file,
    urlmeta_buf_t *out)
{
    int                rc;
    size_t             bytes;
    urlmeta_reader_t  *rd;

    rd = urlmeta_reader_create(cli->url ? cli->url : "", cli->content_type,
                               cli->details || cli->explain);

    if (rd == NULL) {
        urlmeta_cli_error("%s: out of memory", file);
        return URLMETA_CLI_FAILED;
    }

    if (!cli->policy) {
        urlmeta_reader_any_address(rd);
    }

    rc = urlmeta_cli_read(rd, file, &bytes);

    if (rc == URLMETA_CLI_OK
        && urlmeta_cli_card(cli, rd, bytes, out) != URLMETA_OK)
    {
        urlmeta_cli_error("%s: out of memory", file);
        rc = URLMETA_CLI_FAILED;
    }

    urlmeta_reader_destroy(rd);

    return rc;
}


static int
urlmeta_cli_read(urlmeta_reader_t *rd, const char *file, size_t *bytes)
{
    int      fd, rc;
    ssize_t  n;

    static char  chunk[URLMETA_CLI_CHUNK];

    *bytes = 0;

    fd = strcmp(file, "-") == 0 ? STDIN_FILENO
                                : open(file, O_RDONLY|O_CLOEXEC);

    if (fd == -1) {
        urlmeta_cli_error("%s: %s", file, strerror(errno));
        return URLMETA_CLI_FAILED;
    }

    rc = URLMETA_OK;

    for ( ;; ) {
        n = read(fd, chunk, URLMETA_CLI_CHUNK);

        if (n == -1 && errno == EINTR) {
            continue;
        }

        if (n == -1) {
            urlmeta_cli_error("%s: %s", file, strerror(errno));
            break;
        }

        if (n == 0) {
            break;
        }

        *bytes += n;

        /* what follows is counted, and cannot matter any more */

        if (rc == URLMETA_OK) {
            rc = urlmeta_reader_feed(rd, chunk, n);
        }

        if (rc == URLMETA_ERROR) {
            urlmeta_cli_error("%s: out of memory", file);
            break;
        }
    }

    if (fd != STDIN_FILENO) {
        (void) close(fd);
    }

    return n == 0 ? URLMETA_CLI_OK : URLMETA_CLI_FAILED;
}


static int
urlmeta_cli_card(const urlmeta_cli_t *cli, urlmeta_reader_t *rd, size_t bytes,
    urlmeta_buf_t *out)
{
    int             rc;
    urlmeta_buf_t   card;
    urlmeta_http_t  http;

    memset(&http, 0, sizeof(urlmeta_http_t));
    memset(&card, 0, sizeof(urlmeta_buf_t));

    http.requested_url = cli->url ? cli->url : "";
    http.effective_url = http.requested_url;
    http.status = 200;
    http.content_type = cli->content_type;
    http.bytes = bytes;
    http.fetched_at = time(NULL);

    rc = urlmeta_reader_card(rd, &http, &card);

    if (rc == URLMETA_OK) {
        rc = urlmeta_cli_format(cli, &card, out);
    }

    urlmeta_buf_free(&card);

    return rc;
}


static int
urlmeta_cli_format(const urlmeta_cli_t *cli, urlmeta_buf_t *card,
    urlmeta_buf_t *out)
{
    if (cli->explain) {
        return urlmeta_cli_explain(card->data, card->len, out);
    }

    if (cli->format == URLMETA_FORMAT_JSON) {

        if (urlmeta_buf_add(out, card->data, card->len) != URLMETA_OK) {
            return URLMETA_ERROR;
        }

    } else if (urlmeta_format_card(cli->format, card->data, card->len, out)
               != URLMETA_OK)
    {
        return URLMETA_ERROR;
    }

    return urlmeta_buf_add_char(out, '\n');
}


void
urlmeta_cli_error(const char *fmt, ...)
{
    va_list  args;

    fprintf(stderr, "urlmeta: ");

    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);

    fprintf(stderr, "\n");
}


static int
urlmeta_cli_usage(void)
{
    fprintf(stderr, "Try \"urlmeta --help\".\n");

    return URLMETA_CLI_USAGE;
}


static void
urlmeta_cli_help(void)
{
    int          i;
    size_t       n;
    const char  *name;

    n = 0;

    printf("Usage: urlmeta [OPTION]... [FILE|-]\n"
           "       urlmeta [OPTION]... --batch LIST DIRECTORY\n"
           "       urlmeta --sign KEY [--expires TIME] [--format NAME] URL\n"
           "\n"
           "Reads a document and writes the card that ngx_urlmeta_module "
           "would answer with.\n"
           "Nothing is fetched.\n"
           "\n"
           "  --url URL            the address of the document: references "
           "are resolved\n"
           "                       against it\n"
           "  --content-type TYPE  the Content-Type header that came with it\n"
           "  --details            add all metas, JSON-LD, links, headings, "
           "and the\n"
           "                       sources of each field\n"
           "  --format NAME        ");

    for (i = 0; i < URLMETA_FORMAT_MAX; i++) {
        name = urlmeta_format_name((urlmeta_format_e) i);

        if (n + strlen(name) + 2 > URLMETA_CLI_COLUMNS) {
            printf(",\n                       ");
            n = 0;

        } else if (i) {
            n += printf(", ");
        }

        n += printf("%s", name);
    }

    printf("\n"
           "  --explain            tell for each field which rule won, and "
           "what lost\n"
           "  --policy             leave out of the card what the server "
           "would: URLs of\n"
           "                       special addresses\n"
           "  --batch              a document for each line of LIST: name, "
           "file, URL and\n"
           "                       Content-Type with tabs between; writes\n"
           "                       DIRECTORY/NAME.json\n"
           "  --sign KEY           write the arguments of a signed request "
           "for the URL;\n"
           "                       other users of this machine can see KEY\n"
           "  --sign-key-file FILE the same with the key in a file, or - for "
           "the standard\n"
           "                       input\n"
           "  --sign-key-env NAME  the same with the key in the environment\n"
           "  --expires TIME       until when the request is good: seconds "
           "since 1970, or\n"
           "                       +N for N seconds from now\n"
           "  -h, --help           this\n"
           "  --version            the version\n"
           "\n"
           "The exit status is 0, 1 if a document could not be read or a "
           "card written, 2 if\n"
           "the arguments are wrong.\n");
}
