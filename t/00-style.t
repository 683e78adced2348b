#!/usr/bin/perl

# nginx's style and this project's rules, as CONTRIBUTING.md states them.

use lib 't/lib';
use UrlMeta::Test;

use Encode qw(decode);
use File::Basename qw(basename dirname);
use File::Find qw(find);

chdir project_root();

my $max_columns = 80;
my $max_lines = 900;

# who may include what: the file's path has to match
my @include_rules = (
    [qr/^(?:ngx_|\.\.\/nginx\/)/, qr{/nginx/}, 'the core knows no nginx'],
    [qr/^ngx_http\.h$/,
     qr{/nginx/ngx_http_urlmeta_(?!curl|cache|fetch|policy|resolve)},
     'knows no request'],
    [qr/^libxml\//, qr{/core/tree(?:_\w+)?\.c$}, 'libxml2 is for tree.c'],
    [qr/^jansson\.h$/,
     qr{/core/|/cli/|/nginx/ngx_http_urlmeta_(?:handler|response|store
                                               |metrics_format)}x,
     'JSON is for the core, the command line and the handler'],
    [qr/^curl\//, qr{/core/url\w*\.c$|/nginx/ngx_http_urlmeta_(?:curl|fetch)},
     'libcurl is for curl, fetch and url'],
);

# what is global to the process, or blocks
my $forbidden = qr/\b(
    xmlMemSetup | xmlCleanupParser | json_set_alloc_funcs | setlocale
    | getaddrinfo | gethostbyname\w* | pthread_create | curl_easy_perform
    | sleep | usleep | system | popen | strtok
)\s*\(/x;


# The text with comments and literals blanked, lines kept.

sub code_of {
    my ($text) = @_;

    $text =~ s{
        ( /\*.*?\*/ | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' )
    }{
        my $piece = $1;
        my $quote = substr $piece, 0, 1;
        $piece =~ s/[^\n]/ /g;
        substr($piece, 0, 1) = substr($piece, -1) = $quote if $quote ne '/';
        $piece
    }gsex;

    return $text;
}


sub without_preprocessor {
    my ($code) = @_;

    $code =~ s{^[ \t]*\#(?:[^\n]*\\\n)*[^\n]*}{
        my $piece = $&;
        $piece =~ s/[^\n]//g;
        $piece
    }gmex;

    return $code;
}


sub line_of {
    my ($text, $offset) = @_;
    return 1 + (substr($text, 0, $offset) =~ tr/\n//);
}


# Complaints about any text.

sub check_text {
    my ($file, $text) = @_;

    my @bad;
    my $n = 0;
    my $wide = $file =~ /\.(?:md|conf|html|css|js|json)$/ || $file eq 'LICENSE';
    my $tabs = basename($file) eq 'Makefile';

    for my $line (split /\n/, $text) {
        $n++;
        my $columns = length decode('UTF-8', $line);
        push @bad, "$file:$n: $columns columns"
            if $columns > $max_columns && !$wide;
        push @bad, "$file:$n: a tab" if $line =~ /\t/ && !$tabs;
        push @bad, "$file:$n: blanks at the end" if $line =~ /[ \t\r]$/;
    }

    push @bad, "$file: no line end at the end"
        if length $text && $text !~ /\n\z/;

    return @bad;
}


# Complaints about C.

sub check_c {
    my ($file, $text) = @_;

    my $code = code_of($text);
    my $plain = without_preprocessor($code);
    my @lines = split /\n/, $text;
    my @code = split /\n/, $code;
    my @plain = split /\n/, $plain;
    my @bad;

    my $count = $text =~ tr/\n//;

    if ($count > $max_lines && $file !~ m{^t/unit/}) {
        push @bad, "$file: $count lines, $max_lines are the most";
    }

    for my $i (0 .. $#code) {
        my $at = "$file:" . ($i + 1);
        local $_ = $code[$i];

        push @bad, "$at: a // comment" if m{//};
        push @bad, "$at: no blank after a keyword"
            if /\b(?:if|for|while|switch)\(/;
        push @bad, "$at: no blank before {" if /\)\{/;
        push @bad, "$at: no blank after a cast"
            if /\(\s*(?:const\s+)?(?:struct\s+)?\w+\s*\*+\s*\)[\w(&"]/;
        push @bad, "$at: no blank before *"
            if /\b(?:char|void|int|\w+_t)\*/;

        if (/^\s*\} else\b/ && $i && $lines[$i - 1] =~ /\S/
            && $lines[$i - 1] !~ /^#/)
        {
            push @bad, "$at: no blank line before else";
        }

        # what ends at the first column: two blank lines, then the next
        if (/^\}$/) {
            my $next = $i + 1;
            $next++ while $next <= $#lines && $lines[$next] !~ /\S/;

            if ($next <= $#lines && $next - $i != 3
                && $lines[$next] !~ /^#(?:endif|else|elif)/)
            {
                push @bad, "$at: " . ($next - $i - 1)
                           . ' blank lines after a function, not two';
            }
        }

        if (/^\{/) {
            my $first = $i;
            $first-- while $first && $lines[$first - 1] =~ /\S/
                           && $lines[$first - 1] !~ /^#|\*\/$/;

            if ($code[$first] =~ /\(/) {
                push @bad, "$file:" . ($first + 1)
                           . ': no line of its own for the return type';
            }
        }

        if (/^[a-z]\w*.*\).*\{\s*$/ || /^\w[\w\s*]*\([^;]*\)\s*\{\s*$/) {
            push @bad, "$at: the brace of a function needs its own line";
        }
    }

    # if, for, while, else without braces

    while ($plain =~ /\b(if|for|while|switch|else)\b/g) {
        my $word = $1;
        my $start = pos($plain) - length $word;
        my $end = pos $plain;

        if ($word ne 'else') {
            substr($plain, $end) =~ /\A\s*(\((?:[^()]++|(?1))*\))/ or next;
            $end += $+[0];
        }

        my $rest = substr $plain, $end, 400;
        next if $rest =~ /\A\s*\{/;
        next if $word eq 'else' && $rest =~ /\A\s*if\b/;
        next if $word eq 'while' && $rest =~ /\A\s*;/
                && substr($plain, 0, $start) =~ /\}\s*\z/;

        push @bad, "$file:" . line_of($plain, $start) . ": $word without {}";
    }

    # every function has a prototype before it: the file's own if it is static

    if ($file =~ /\.c$/) {
        while ($plain =~ /^(\w[\w \t*]*)\n(\w+)\(/gm) {
            my ($type, $name, $offset) = ($1, $2, $-[0]);
            next if $name eq 'main' || $type !~ /\bstatic\b/;

            if (substr($plain, 0, $offset) !~ /\b\Q$name\E\([^{]*?\);/s) {
                push @bad, "$file:" . line_of($plain, $offset)
                           . ": no prototype of $name()";
            }
        }
    }

    while ($plain =~ /$forbidden/g) {
        push @bad, "$file:" . line_of($plain, $-[1]) . ": $1()";
    }

    return @bad;
}


# The headers that a file includes, through our own ones, too.

sub includes {
    my ($file, $read, $seen) = @_;

    $seen ||= {};
    return if $seen->{$file}++;

    my %found;

    for ($read->($file) =~ /^\s*#\s*include\s+([<"][^>"\n]+)[>"]/gm) {
        my ($kind, $name) = /^(.)(.*)/;
        $found{$name} = 1;
        next if $kind eq '<';

        my $path = dirname($file) . "/$name";
        1 while $path =~ s{[^/]+/\.\./}{};
        $found{$_} = 1 for includes($path, $read, $seen);
    }

    return sort keys %found;
}


sub check_includes {
    my ($file, $read) = @_;

    my @bad;

    # headers may come through others, libraries must be asked for directly
    for my $name (includes($file, $read)) {
        for (@include_rules[0, 1]) {
            my ($what, $who, $why) = @$_;
            push @bad, "$file: includes $name ($why)"
                if $name =~ $what && $file !~ $who;
        }
    }

    for ($read->($file) =~ /^\s*#\s*include\s+<([^>\n]+)>/gm) {
        for my $rule (@include_rules[2 .. $#include_rules]) {
            my ($what, $who, $why) = @$rule;
            push @bad, "$file: includes $_ ($why)" if /$what/ && $file !~ $who;
        }
    }

    return @bad;
}


sub check_symbols {
    return grep { !/^(?:ngx_http_urlmeta(?:_|$)|urlmeta_)/ } @_;
}


# The checks themselves catch what they are for.

my %sample = (
    'a tab' => "x\t= 1;\n",
    'blanks at the end' => "x = 1; \n",
    '81 columns' => 'x' x 81 . "\n",
    'no line end' => 'x',
    'a // comment' => "x = 1; // one\n",
    'if without' => "int\nf(void)\n{\n    if (x(1))\n        y();\n}\n",
    'else without' => "    if (x) {\n\n    } else\n        y();\n",
    'for without' => "    for (i = 0; i < 1; i++)\n        y();\n",
    'while without' => "    while (*p++);\n",
    'before else' => "    if (x) {\n        y();\n    } else {\n    }\n",
    'no prototype of f' => "static int\nf(void)\n{\n    return 1;\n}\n",
    '1 blank lines' => "int\nf(void)\n{\n}\n\nint\ng(void)\n{\n}\n",
    'after a keyword' => "    if(x) {\n    }\n",
    'after a cast' => "    p = (char *)q;\n",
    'before *' => "    char* p;\n",
    'return type' => "int f(void)\n{\n}\n",
    'brace of a function' => "int\nf(void) {\n}\n",
    'setlocale' => "    setlocale(LC_ALL, \"\");\n",
    '901 lines' => "\n" x 901,
);

for my $what (sort keys %sample) {
    my @bad = (check_text('sample.c', $sample{$what}),
               check_c('sample.c', $sample{$what}));
    ok(scalar grep({ /\Q$what\E/ } @bad), "caught: $what")
        or diag(join "\n", @bad);
}

my $good = <<'EOF';

/*
 * if (x) y(); // no code
 */


static int urlmeta_good(char *text, const char **end);


static int
urlmeta_good(char *text, const char **end)
{
    size_t  len;

    if (text == NULL || strchr("if(x) // {", *text)) {
        len = (size_t) (*end - (const char *) text);

    } else if (*text == '"') {
        do {
            text++;
        } while (*text);

    } else {
        for ( ;; ) {
            break;
        }
    }

    while (*text++) { /* void */ }

    return sizeof(char *) + len;
}
EOF

is(join("\n", check_text('good.c', $good), check_c('good.c', $good)), '',
   'nothing to say of what is good');

my %tree = (
    'm/core/a.c' => "#include \"a.h\"\n",
    'm/core/a.h' => "#include \"../nginx/b.h\"\n#include <libxml/tree.h>\n",
    'm/nginx/ngx_http_urlmeta_curl.c' => "#include \"b.h\"\n",
    'm/nginx/b.h' => "#include <ngx_http.h>\n#include <curl/curl.h>\n",
);
my $from_tree = sub { $tree{$_[0]} || '' };

for (['m/core/a.c', 'knows no nginx'], ['m/core/a.h', 'libxml2'],
     ['m/nginx/ngx_http_urlmeta_curl.c', 'knows no request'],
     ['m/nginx/b.h', 'libcurl'])
{
    my ($file, $what) = @$_;
    ok(scalar grep({ /$what/ } check_includes($file, $from_tree)),
       "caught: $file, $what");
}

is(scalar check_symbols('urlmeta_x', 'helper', 'ngx_http_urlmeta_y'), 1,
   'caught: a symbol without our prefix');


# The project.

my (@text, @c);

find({
    no_chdir => 1,
    wanted => sub {
        if (-d && m{/(?:build|node_modules|\.git|corpus)$}) {
            $File::Find::prune = 1;
            return;
        }

        return if !-f;
        (my $file = $_) =~ s{^\./}{};
        return if $file =~ m{^conf-examples/quickstart/demo/|~$};

        push @c, $file if $file =~ /\.[ch]$/;

        # tables are free of it, pages of other encodings, too
        return if $file =~ /_data\.inc$/;
        push @text, $file
            if $file =~ m{\.(?:[ch]|pm|pl|t|sh|py|md|conf|html|css|js|json)$}
               || $file =~ m{^(?:config|Makefile|LICENSE|\.ci/run)$|/Makefile$}
               || $file =~ m{^t/(?:bench|proof)/\w+$};
    },
}, '.');

my @bad = map { check_text($_, read_file($_)) } sort @text;
ok(!@bad, @text . ' text files') or diag(join "\n", @bad);

@bad = map { check_c($_, read_file($_)) } sort @c;
ok(!@bad, @c . ' C files') or diag(join "\n", @bad);

@bad = map { check_includes($_, \&read_file) }
       grep { m{^ngx_urlmeta_module/} } sort @c;
ok(!@bad, 'includes') or diag(join "\n", @bad);

for (sort grep { m{_data\.inc$} } glob 'ngx_urlmeta_module/*/*') {
    my ($stem) = m{(.*)\.inc$};
    ok(-e "$stem.py" || -e "$stem.pl", "$_ has its script beside it");
}


# What is built.

my $module = UrlMeta::Nginx::module();
my $nm = sub {
    my ($code, $output) = run(20, 'nm', @_);
    is($code, 0, "nm $_[0]") or diag($output);
    return split /\n/, $output;
};

if ($module ne '') {
    @bad = grep { !/^(?:ngx_modules|ngx_module_names|ngx_module_order)$/ }
           check_symbols(map { (split)[2] } $nm->('-D', '--defined-only',
                                                  $module));
    ok(!@bad, 'exported symbols') or diag("@bad");
}

my $objects = $module ne '' ? dirname($module) . '/dynamic/addon'
                            : dirname(UrlMeta::Nginx::binary()) . '/addon';
my @objects = glob "$objects/core/*.o";

SKIP: {
    skip 'no objects here', 2 if !@objects;

    @bad = grep { !/^__(?:odr_)?asan/ }
           check_symbols(map { /^[0-9a-f]+ [A-TV-Z] (.*)/ ? $1 : () }
                         $nm->('-g', '--defined-only', @objects));
    ok(!@bad, 'global symbols of the core') or diag("@bad");

    # .data and .bss: caches that a process fills once, one an object
    my %writable;
    my ($code, $output) = run(20, 'objdump', '-t', @objects);
    my $object = '';

    for (split /\n/, $output) {
        $object = basename($1) if /^(\S+\.o):/;
        push @{$writable{$object}}, $1
            if /\s\.(?:data|bss)\s+[0-9a-f]+\s+(?:\.hidden )?(\w\S*)$/
               && $1 !~ /asan|ubsan/;
    }

    # the sanitizers' own data would count, too
    my $sanitized = $output =~ /__asan_init/;
    @bad = grep { @{$writable{$_}} > 1 } sort keys %writable;
    ok($sanitized || !@bad, 'one writable static at most in a file of the core')
        or diag(map { "$_: @{$writable{$_}}\n" } @bad);
}

done_testing();
