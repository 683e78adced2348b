# make              the dynamic module, build/ngx_http_urlmeta_module.so
# make urlmeta      the command line, build/urlmeta
# make run          a demo on 127.0.0.1:8080 (PORT=, DEMO_PORT=); Ctrl-C ends it
# make test         all tests with the dynamic module (TEST= selects files)
# make static       nginx with the module linked in, build/static/nginx
# make test-static  all tests with that
# make asan         all tests with AddressSanitizer and UBSan
# make corpus       accuracy over the pages of ../shared/corpus/dev
# make bench        measurements
# make fuzz         each fuzz target for TIME= seconds, 60 if it is not given
# make fuzz-replay  seeds and former failures of the fuzz targets
# make proof-NAME   the long proof t/proof/NAME
# make deps         what the above needs, on Debian and Ubuntu
# make install      the module, its configuration, the command line and the
#                   documentation
# make clean

NAME = ngx_http_urlmeta_module
ROOT := $(CURDIR)
BUILD = $(ROOT)/build
MODULE = $(BUILD)/$(NAME).so

# nginx's source with the flags of the nginx that will load the module
NGINX_SRC = /usr/share/nginx/src

# NGINX= names another nginx; its processes must not see it, since a variable
# of this name has a meaning to nginx
unexport NGINX
NGINX_BIN := $(or $(if $(filter command,$(origin NGINX)),$(NGINX)), \
                  $(shell PATH="$$PATH:/usr/sbin:/usr/local/sbin" \
                          command -v nginx 2>/dev/null),nginx)

JOBS := $(shell nproc 2>/dev/null || echo 2)
PARALLEL = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS))

PORT ?= 8080
DEMO_PORT ?= 8081

TEST = t
PROVE = prove -r -It/lib --timer

MODULES_PATH = $(or $(shell $(NGINX_BIN) -V 2>&1 | tr ' ' '\n' \
                            | sed -n 's/^--modules-path=//p'), \
                    /usr/lib/nginx/modules)
CONF_PATH = /usr/share/nginx/modules-available
DOC_PATH = /usr/share/doc/$(NAME)
BIN_PATH = /usr/bin
MAN_PATH = /usr/share/man

SOURCES = $(sort $(wildcard ngx_urlmeta_module/core/*.c \
                            ngx_urlmeta_module/nginx/*.c))

# The command line is made of the core alone, with the flags of nginx's own
# auto/cc/gcc.
CLI_FLAGS = -std=gnu11 -O2 -g -W -Wall -Wpointer-arith \
	-Wno-unused-parameter -Werror -I /usr/include/libxml2
CLI_LIBS = -lxml2 -ljansson -lcurl -lidn2 -lpsl -luchardet -lz -lcrypto -lm
CLI_OBJECTS = $(patsubst ngx_urlmeta_module/%.c,$(BUILD)/cli/%.o,$(wildcard \
                ngx_urlmeta_module/core/*.c ngx_urlmeta_module/cli/*.c))

CORPUS = ../shared/corpus

# A shared setting of all builds of nginx from source.
NGINX_FLAGS = --with-debug --with-compat --with-threads \
	--with-http_ssl_module --with-http_v2_module \
	--with-http_gunzip_module --with-http_gzip_static_module \
	--with-http_sub_module --with-http_slice_module \
	--with-http_addition_module --with-http_realip_module \
	--with-http_auth_request_module --with-http_stub_status_module \
	--with-http_secure_link_module --with-http_dav_module

# NGX_DEBUG_PALLOC makes each allocation of a pool one of its own; nginx itself
# calls memcpy(NULL, ..., 0), and reads and writes words where they are
SANITIZE = -fsanitize=address,undefined -fno-sanitize=nonnull-attribute
SANITIZE_FLAGS = -g -O1 -fno-omit-frame-pointer $(SANITIZE) \
	-DNGX_DEBUG_PALLOC=1 -DNGX_HAVE_NONALIGNED=0


.PHONY: all module urlmeta corpus deps missing run test test-static static \
	asan asan-nginx bench fuzz fuzz-replay install clean FORCE

all: module

module: $(MODULE)


# The list changes with the files, the flags and nginx itself; only then does
# nginx's configure have to run again.

$(BUILD)/configured-dynamic: FORCE
	@mkdir -p $(BUILD)
	@{ echo $(SOURCES); cksum config; echo $(NGINX_SRC) $(CFLAGS) $(LDFLAGS); \
	   cksum $(NGINX_SRC)/src/core/nginx.h 2>/dev/null; \
	   $(NGINX_BIN) -V 2>&1; } > $@.new; \
	if cmp -s $@.new $@ && test -f $(BUILD)/dynamic/Makefile; then \
	    rm $@.new; \
	else \
	    rm -f $@ && t/configure.sh dynamic $(NGINX_SRC) $(BUILD)/dynamic \
	        && mv $@.new $@; \
	fi

# an nginx that runs may have the old file mapped, so that one is not written to
$(MODULE): $(BUILD)/configured-dynamic FORCE
	@$(MAKE) $(PARALLEL) --no-print-directory -C $(NGINX_SRC) \
	    -f $(BUILD)/dynamic/Makefile modules
	@cmp -s $(BUILD)/dynamic/$(NAME).so $@ \
	    || { cp $(BUILD)/dynamic/$(NAME).so $@.new && mv -f $@.new $@; }


urlmeta: $(BUILD)/urlmeta

$(BUILD)/urlmeta: $(CLI_OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@.new $^ $(CLI_LIBS)
	@mv -f $@.new $@

$(BUILD)/cli/%.o: ngx_urlmeta_module/%.c
	@mkdir -p $(@D)
	$(CC) $(CLI_FLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(CLI_OBJECTS:.o=.d)

corpus: urlmeta
	@node t/corpus/score.mjs $(BUILD)/urlmeta $(CORPUS) $(BUILD)/corpus \
	    $(if $(PAGES),--pages $(PAGES))


deps:
	@t/deps.sh

# what is missing is installed where that can be done
missing:
	@t/deps.sh --missing

run: missing
	@$(MAKE) --no-print-directory module
	@exec env NGINX_BIN=$(NGINX_BIN) MODULE=$(MODULE) PORT=$(PORT) \
	    DEMO_PORT=$(DEMO_PORT) t/run.sh


test: module
	TEST_URLMETA_NGINX=$(NGINX_BIN) TEST_URLMETA_MODULE=$(MODULE) $(PROVE) $(TEST)

test-static: static
	TEST_URLMETA_NGINX=$(BUILD)/static/nginx TEST_URLMETA_MODULE= \
	    $(PROVE) $(TEST)


# Debian's nginx-dev has no source of nginx's own, so it comes from the source
# package.

$(BUILD)/source/nginx/src/core/nginx.h:
	@t/nginx-source.sh $(BUILD)/source

static: $(BUILD)/static/nginx

$(BUILD)/configured-static: $(BUILD)/source/nginx/src/core/nginx.h FORCE
	@mkdir -p $(@D)
	@{ echo $(SOURCES); cksum config; echo $(NGINX_FLAGS) $(CFLAGS); } \
	    > $@.new; \
	if cmp -s $@.new $@ && test -f $(BUILD)/static/Makefile; then \
	    rm $@.new; \
	else \
	    rm -f $@ && t/configure.sh static $(BUILD)/source/nginx $(BUILD)/static \
	        --with-cc-opt="-g -O2 $(CFLAGS)" $(NGINX_FLAGS) && mv $@.new $@; \
	fi

$(BUILD)/static/nginx: $(BUILD)/configured-static FORCE
	@$(MAKE) $(PARALLEL) --no-print-directory -C $(BUILD)/source/nginx \
	    -f $(BUILD)/static/Makefile binary


# The suite under the sanitizers; before it, a second binary of the same
# objects with an overrun, a leak and undefined behavior in it has to be
# reported.  The tests look for leaks where nginx runs to its end.

$(BUILD)/configured-asan: $(BUILD)/source/nginx/src/core/nginx.h FORCE
	@mkdir -p $(@D)
	@{ echo $(SOURCES); cksum config; echo $(NGINX_FLAGS) $(SANITIZE_FLAGS); } \
	    > $@.new; \
	if cmp -s $@.new $@ && test -f $(BUILD)/asan/Makefile; then \
	    rm $@.new; \
	else \
	    rm -f $@ && t/configure.sh static $(BUILD)/source/nginx $(BUILD)/asan \
	        --with-cc-opt="$(SANITIZE_FLAGS)" \
	        --with-ld-opt="$(SANITIZE)" $(NGINX_FLAGS) && mv $@.new $@; \
	fi

$(BUILD)/asan/nginx: $(BUILD)/configured-asan FORCE
	@$(MAKE) $(PARALLEL) --no-print-directory -C $(BUILD)/source/nginx \
	    -f $(BUILD)/asan/Makefile binary

$(BUILD)/asan/canary: $(BUILD)/asan/nginx t/asan/canary.c
	@t/asan/link-canary.sh $(BUILD)/source/nginx $(BUILD)/asan \
	    "$(SANITIZE_FLAGS)"

asan-nginx: $(BUILD)/asan/nginx $(BUILD)/asan/canary

asan: export ASAN_OPTIONS = detect_leaks=0
asan: asan-nginx
	TEST_URLMETA_CANARY=$(BUILD)/asan/canary \
	    TEST_URLMETA_NGINX=$(BUILD)/asan/canary TEST_URLMETA_MODULE= \
	    TEST_URLMETA_SLOW=4 prove -It/lib t/asan/canary.t
	TEST_URLMETA_NGINX=$(BUILD)/asan/nginx TEST_URLMETA_MODULE= \
	    TEST_URLMETA_SLOW=4 TEST_URLMETA_SANITIZED=1 \
	    TEST_URLMETA_CFLAGS="$(SANITIZE_FLAGS)" \
	    $(PROVE) $(TEST)


bench: module
	@for file in t/bench/*; do \
	    test -f $$file || continue; \
	    echo "# $$file"; \
	    TEST_URLMETA_NGINX=$(NGINX_BIN) TEST_URLMETA_MODULE=$(MODULE) \
	        t/exec.sh $$file || exit 1; \
	done

proof-%: module
	@TEST_URLMETA_NGINX=$(NGINX_BIN) TEST_URLMETA_MODULE=$(MODULE) \
	    t/exec.sh t/proof/$*


TIME = 60

# what is found is kept in t/fuzz/crashes, for the tests to run again
fuzz:
	@t/fuzz/run.sh $(TIME)

fuzz-replay:
	@t/fuzz/run.sh replay


install: module urlmeta
	install -d $(DESTDIR)$(MODULES_PATH) $(DESTDIR)$(CONF_PATH) \
	    $(DESTDIR)$(DOC_PATH) $(DESTDIR)$(BIN_PATH) \
	    $(DESTDIR)$(MAN_PATH)/man1
	install -m 755 $(BUILD)/urlmeta $(DESTDIR)$(BIN_PATH)/
	install -m 644 packaging/man/urlmeta.1 $(DESTDIR)$(MAN_PATH)/man1/
	install -m 644 $(MODULE) $(DESTDIR)$(MODULES_PATH)/
	echo "load_module modules/$(NAME).so;" \
	    > $(DESTDIR)$(CONF_PATH)/mod-http-urlmeta.conf
	chmod 644 $(DESTDIR)$(CONF_PATH)/mod-http-urlmeta.conf
	for file in README.md CHANGES.md LICENSE docs/*; do \
	    test ! -f $$file || install -m 644 $$file $(DESTDIR)$(DOC_PATH)/; \
	done
	@test -n "$(DESTDIR)" \
	    || echo "To load it: load_module $(MODULES_PATH)/$(NAME).so;"


clean:
	rm -rf $(BUILD)
