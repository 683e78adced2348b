#!/usr/bin/perl

# What "config" does: where the filter stands, and what is said of a library
# that is missing.

use lib 't/lib';
use UrlMeta::Test;

chdir project_root();

my $source = $ENV{NGINX_SRC} || '/usr/share/nginx/src';
my $dir = temp_dir('build');
my $module = UrlMeta::Nginx::module();


# The nginx of this run: what it says when it loads the module (in debug lines,
# which an old configuration's log has to take), or what it was linked of.

if ($module ne '') {
    my $n = nginx('location / { return 204; }');

    ok($n->reload, 'reloads');

    # a gunzip that is not there is left out of the order
    like($n->error_log, qr/module:\ ngx_http_urlmeta_module[ ]before[ ]
                           ngx_http_(?:gunzip|userid)_filter_module/x,
         'dynamic: right before gunzip in the list of modules');

} else {
    my ($built) = UrlMeta::Nginx::binary() =~ m{(.*)/};
    my $list = read_file("$built/ngx_modules.c");

    SKIP: {
        skip 'no ngx_modules.c beside the binary', 1 if $list eq '';
        like($list, qr/&ngx_http_urlmeta_module,\s+
                       &ngx_http_gunzip_filter_module,/x,
             'static: right before gunzip in the list of modules');
    }
}


# Linked in, as configure alone shows it.

SKIP: {
    skip "no nginx source in $source", 4 if !-e "$source/src/core/nginx.h";

    my %next = (
        '--with-http_gunzip_module' => 'ngx_http_gunzip_filter_module',
        '--without-http_userid_module' => 'ngx_http_headers_filter_module',
    );

    for my $flag (sort keys %next) {
        my $build = "$dir/$next{$flag}";
        my ($code, $output) = run(120, 't/configure.sh', 'static', $source,
                                  $build, $flag);
        is($code, 0, "configured $flag") or diag($output);

        my $list = read_file("$build/ngx_modules.c");
        like($list, qr/&ngx_http_urlmeta_module,\s+&$next{$flag},/,
             "static: right before $next{$flag}");
    }
}


# Each library in turn is hidden from the compiler.

my %needed = (
    curl => ['libcurl >= 7.85.0', 'libcurl4-openssl-dev'],
    xml2 => ['libxml2', 'libxml2-dev'],
    jansson => ['jansson >= 2.11', 'libjansson-dev'],
    idn2 => ['libidn2 >= 2.0', 'libidn2-dev'],
    psl => ['libpsl', 'libpsl-dev'],
    uchardet => ['uchardet', 'libuchardet-dev'],
    z => ['zlib', 'zlib1g-dev'],
    crypto => ['OpenSSL >= 1.1.0', 'libssl-dev'],
);


# Runs "config" alone, with nginx's own probe, and a compiler that does not
# find the library.

sub probe {
    my ($library, $link) = @_;

    my $cc = write_file("$dir/cc", <<"EOF");
#!/bin/sh
for word; do
    test "\$word" != "-l$library" || exit 1
done
exec cc "\$@"
EOF
    chmod 0755, $cc;

    my $script = write_file("$dir/probe.sh", <<"EOF");
cd $source
. auto/init
CC=$cc
NGX_INCLUDE_UNISTD_H='#include <unistd.h>'
ngx_addon_dir=@{[project_root()]}
ngx_module_link=$link
HTTP_FILTER_MODULES=ngx_http_gunzip_filter_module
. \$ngx_addon_dir/config
echo "libs: \$ngx_module_libs"
echo "order: \$ngx_module_order"
echo "srcs: \$ngx_module_srcs"
echo "deps: \$ngx_module_deps"
EOF

    mkdir "$dir/probe";
    local $ENV{NGX_OBJS} = "$dir/probe";
    return run(60, 'sh', $script);
}


SKIP: {
    skip "no nginx source in $source", 1 if !-e "$source/auto/feature";

    my ($code, $output) = probe('none', 'DYNAMIC');
    is($code, 0, 'all there: config succeeds') or diag($output);
    like($output, qr/^libs:.* -l\Q$_\E\b/m, "links $_") for sort keys %needed;
    like($output, qr/^order:\ (?:ngx_http_urlmeta_\w+\s+)*
                     ngx_http_urlmeta_module\s+
                     ngx_http_gunzip_filter_module\ /mx, 'order');

    my ($sources) = $output =~ /^srcs: (.*)/m;
    my @sources = split / /, $sources;
    my @files = map { project_root() . "/$_" }
                sort glob 'ngx_urlmeta_module/{core,nginx}/*.c';
    is("@sources", "@files", 'all sources');

    for (glob 'ngx_urlmeta_module/{core/*.inc,core/*.h,nginx/*.h}') {
        my $file = project_root() . "/$_";
        like($output, qr/^deps:.* \Q$file\E( |$)/m, "rebuilds for $_");
    }

    for my $library (sort keys %needed) {
        my ($what, $package) = @{$needed{$library}};
        my ($code, $output) = probe($library, 'DYNAMIC');

        is($code, 1, "without $library: config fails") or diag($output);
        like($output, qr/error: ngx_urlmeta_module requires \Q$what\E\.$/m,
             "without $library: what is missing");
        like($output, qr/"\Q$package\E" in Debian/,
             "without $library: which package");
    }
}

done_testing();
