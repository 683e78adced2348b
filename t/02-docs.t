#!/usr/bin/perl

# The documentation is of this code: every directive and variable is described,
# and nginx takes every example.

use lib 't/lib';
use UrlMeta::Test;

use File::Basename qw(basename);

chdir project_root();

my $module = UrlMeta::Nginx::module();
my $sources = join '', map { read_file($_) }
              glob 'ngx_urlmeta_module/nginx/*.c';
my $directives = read_file('docs/directives.md');
my $variables = read_file('docs/variables.md');

my @main = qw(
    daemon error_log events load_module master_process pid stream user
    worker_processes worker_rlimit_nofile worker_shutdown_timeout
);
my @http = qw(
    geo limit_conn_zone limit_req_zone log_format map proxy_cache_path server
    split_clients types upstream urlmeta_cache_zone urlmeta_max_fetches
);


# The statements of a configuration at its outermost level.

sub statements {
    my ($text) = @_;
    my (@found, $depth);

    my $now = '';
    $depth = 0;

    while ($text =~ /\G( \#[^\n]*\n | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*'
                         | \$\{\w+\} | [{};] | \s+ | [^\s{};"'#]+ | . )/gsx)
    {
        my $token = $1;
        next if $token =~ /^#/ || ($now eq '' && $token =~ /^\s/);

        $now .= $token;
        $depth++ if $token eq '{';
        $depth-- if $token eq '}';

        if ($depth == 0 && ($token eq ';' || $token eq '}')) {
            push @found, $now;
            $now = '';
        }
    }

    push @found, $now if $now =~ /\S/;
    return @found;
}


# A whole configuration around what an example shows, that can be tested on a
# machine where its ports are taken and its paths are not there.

my $n = 0;

sub complete {
    my ($text, $prefix) = @_;

    my %part = (main => [], http => [], server => [], location => []);

    for (statements($text)) {
        my ($name) = /^(\S+)/;

        if ($name eq 'http') {
            my ($inner) = /^http\s*\{(.*)\}$/s;
            push @{$part{http}}, $inner;

        } else {
            my $where = $name eq 'urlmeta' ? 'location'
                      : grep({ $name eq $_ } @main) ? 'main'
                      : grep({ $name eq $_ } @http) ? 'http' : 'server';
            push @{$part{$where}}, $_;
        }
    }

    my %text = map { $_ => join "\n", @{$part{$_}} } keys %part;

    if ($text{location} ne '') {
        $text{server} .= "\nlocation /example {\n$text{location}\n}\n";
    }

    if ($text{server} ne '') {
        $text{http} .= "\nserver {\nlisten 8080;\n$text{server}\n}\n";
    }

    if ($text{http} !~ /\burlmeta_cache_zone\b/) {
        $text{http} .= "\nurlmeta_cache_zone zone=cards:10m;\n";
    }

    $text{main} =~ s/^\s*load_module\s[^;]*ngx_http_urlmeta_module\.so\s*;//mg;
    $text{main} .= "\nevents { }\n" if $text{main} !~ /^events\b/m;
    $text{main} .= "\npid nginx.pid;\n" if $text{main} !~ /^pid\b/m;

    # the compiled-in paths may not be ours to write to
    $text{http} .= "access_log $prefix/access.log;\n";

    for (qw(client_body proxy fastcgi uwsgi scgi)) {
        next if $text{http} =~ /\b${_}_temp_path\b/;
        $text{http} .= "${_}_temp_path $prefix/$_;\n";
    }

    my $load = $module eq '' ? '' : "load_module $module;\n";
    my $conf = "$load$text{main}\nhttp {\n$text{http}\n}\n";

    $conf =~ s{(\blisten\s+)[^\s;]+}{
        "$1unix:$prefix/" . ++$n . '.sock'
    }ge;
    $conf =~ s{(?<=\s)/var/(?:log|cache|lib)/nginx/}{$prefix/}g;
    $conf =~ s{(?<=\s)/run/}{$prefix/}g;

    return $conf;
}


sub loads {
    my ($name, $text, $files) = @_;

    my $prefix = temp_dir('docs-' . ++$n);
    mkdir "$prefix/logs";

    if ($files) {
        run(10, 'cp', '-r', glob('conf-examples/*'), $prefix);
    }

    my $conf = complete($text, $prefix);
    my $file = write_file("$prefix/test.conf", $conf);
    my ($code, $output) = run(30, UrlMeta::Nginx::binary(), '-t', '-p',
                              "$prefix/", '-c', $file, '-e', 'stderr');

    return $name eq '' ? $code == 0
                       : ok($code == 0, $name) || diag("$output\n$conf");
}


# The check sees a mistake.

ok(!loads('', "urlmeta_no_such_directive on;\n"), 'caught: a bad directive');
ok(!loads('', "location / {\n    urlmeta;\n}\n"), 'caught: a bad argument');


# Directives: the sections of directives.md are the table of the module.

my %context = (MAIN => 'http', SRV => 'server', LOC => 'location');
my %directive;

while ($sources =~ /\{\ ngx_string\("(urlmeta\w*)"\),\s*
                    ((?:NGX_[A-Z_0-9]+\s*\|?\s*)+),/gx)
{
    my ($name, $flags) = ($1, $2);
    next if $flags !~ /CONF/;
    $flags =~ s/NGX_HTTP_URLMETA_ALL_CONF
               /NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF/x;
    $directive{$name} = join ', ', map { $context{$_} }
                        grep { $flags =~ /NGX_HTTP_${_}_CONF/ }
                        qw(MAIN SRV LOC);
}

cmp_ok(scalar keys %directive, '>=', 20, 'directives found');

my %section = map { /^(\w+)\n(.*)/s ? ($1 => $2) : () }
              split /^## /m, $directives;
my @stale = grep { /^urlmeta/ && !exists $directive{$_} } sort keys %section;
is("@stale", '', 'no directive is described that is not there');

for my $name (sort keys %directive) {
    my $text = $section{$name};
    ok(defined $text, "$name is in directives.md") or next;

    like($text, qr/\*\*Syntax\*\*.*`\Q$name\E[ ;]/, "$name: syntax");
    like($text, qr/^\| \*\*Default\*\* \| \S.* \|$/m, "$name: default");
    my ($is) = $text =~ /\*\*Context\*\*[ |]*([a-z, ]+?)[ |]*$/m;
    is($is, $directive{$name}, "$name: context");
    like($directives, qr/\(#$name\)/, "$name: listed");
}


# Variables.

my %variable;
$variable{$1} = 1
    while $sources =~ /\{\ ngx_string\("(urlmeta_\w+)"\),\s*NULL,\s*
                       ngx_http_urlmeta_variable/gx;

cmp_ok(scalar keys %variable, '>=', 5, 'variables found');
ok($variables =~ /^## \$$_$/m, "\$$_ is in variables.md")
    for sort keys %variable;

my %known = (%variable, map { $_ => 1 } keys %directive);
my @unknown = grep { !$known{$_} }
               $variables =~ /\$(urlmeta_\w+)/g;
is("@unknown", '', 'no variable is described that is not there');


# Error codes.

my $codes = read_file('docs/errors.md');
my $errors = read_file('ngx_urlmeta_module/core/error.c');
my $users = join '', map { read_file($_) } grep { !m{/error\.[ch]$} }
            glob 'ngx_urlmeta_module/*/*.[ch]';
my $found = 0;

while ($errors =~ /\[(URLMETA_E_\w+)\]\s*=\s*\{\s*"(\w+)"/g) {
    my ($symbol, $code) = ($1, $2);
    next if $symbol eq 'URLMETA_E_NONE' || $users !~ /\b$symbol\b/;
    ok($codes =~ /`$code`/, "$code is in errors.md");
    $found++;
}

cmp_ok($found, '>=', 20, 'error codes found');


# Examples.

my $all = '';

for my $file (sort glob 'conf-examples/*.conf') {
    my $text = read_file($file);
    like($text, qr/\A# \w/, "$file says what it is for");
    loads("$file loads", $text, 1);
    $all .= $text;
}

for my $file ('README.md', sort glob 'docs/*.md') {
    my $text = read_file($file);

    while ($text =~ /^```nginx\n(.*?)^```/msg) {
        my $block = $1;
        my $line = 1 + (substr($text, 0, $-[0]) =~ tr/\n//);
        loads("$file:$line loads", $block);
        $all .= $block;
    }

    # links to files of the project
    while ($text =~ /\]\(([^)#:\s]+)(?:#[\w-]*)?\)/g) {
        my ($target) = $1;
        my ($base) = $file =~ m{^(.*/)};
        ok(-e ($base || '') . $target, "$file: $target is there");
    }
}

for my $name (sort keys %directive) {
    ok($all =~ /^\s*\Q$name\E\s/m, "$name: an example uses it");
}

done_testing();
