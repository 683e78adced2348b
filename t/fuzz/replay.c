
/*
 * Runs a fuzz target over files, without libFuzzer: NAME FILE...
 */


#include "fuzz.h"


int
main(int argc, char *argv[])
{
    int    i;
    long   size;
    char  *data;
    FILE  *file;

    (void) LLVMFuzzerInitialize(&argc, &argv);

    for (i = 1; i < argc; i++) {
        file = fopen(argv[i], "rb");

        if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
            perror(argv[i]);
            return 2;
        }

        size = ftell(file);
        rewind(file);

        data = malloc(size ? size : 1);

        if (data == NULL || fread(data, 1, size, file) != (size_t) size) {
            perror(argv[i]);
            return 2;
        }

        fclose(file);

        /* the last line names the file that ended it */

        printf("%s\n", argv[i]);
        fflush(stdout);

        (void) LLVMFuzzerTestOneInput((const uint8_t *) data, size);

        free(data);
    }

    printf("%d files\n", argc - 1);

    return 0;
}
