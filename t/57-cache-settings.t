#!/usr/bin/perl

# Settings of the cache: what is taken, what is refused and in which words, and
# what the smaller ones do.

use lib 't/lib';
use UrlMeta::Test;

sub in {
    my ($directives) = @_;
    return "location / { urlmeta \$arg_url; urlmeta_cache cards; "
           . "$directives }\n";
}

for (
    'bounds 0 0', 'bounds 1m 1m', 'bounds 30 1d', 'bounds 0s 1y',
    'stale while_revalidate=1h', 'stale if_error=1d',
    'stale if_error=0 while_revalidate=0',
    'use_stale off', 'use_stale error', 'use_stale timeout updating',
    'use_stale http_5xx http_403 http_404 http_429',
    'use_stale http_500 http_502 http_503 http_504',
    'background_update on', 'background_update off', 'lock on', 'lock off',
    'revalidate on', 'revalidate off', 'min_uses 1', 'min_uses 255',
    'purge $arg_x', 'purge $arg_x $arg_y', 'targets off',
    'targets CDN-Cache-Control', 'targets Surrogate-Control X_y.z',
    'key $urlmeta_url', 'key x', 'valid 404 410 500 1h', 'valid 0',
) {
    my ($good, $output) = conf_test(in("urlmeta_cache_$_;"));
    ok($good, "taken: $_") or diag($output);
    unlike($output, qr/\[warn\]/, 'without a warning');
}

for (
    ['bounds 1m', qr/invalid number of arguments/],
    ['bounds x 1m', qr/invalid time value "x"/],
    ['bounds 1m x', qr/invalid time value "x"/],
    ['bounds -1 1m', qr/invalid time value "-1"/],
    ['bounds 2m 1m', qr/lower bound "2m" over the upper "1m"/],
    ['bounds 1m 2m; urlmeta_cache_bounds 1m 2m', qr/is duplicate/],
    ['stale', qr/invalid number of arguments/],
    ['stale 1h', qr/"1h".*must be "while_revalidate=time" or "if_error=time"/],
    ['stale if_error=', qr/invalid parameter "if_error="/],
    ['stale if_error=x', qr/invalid parameter "if_error=x"/],
    ['stale if_error=1h if_error=2h', qr/"if_error=2h".*each once/],
    ['stale error=1h', qr/invalid parameter "error=1h"/],
    ['stale if_error=1h; urlmeta_cache_stale if_error=1h', qr/is duplicate/],
    ['use_stale', qr/invalid number of arguments/],
    ['use_stale sometimes', qr/invalid value "sometimes"/],
    ['use_stale http_501', qr/invalid value "http_501"/],
    ['background_update maybe', qr/"maybe".*it must be "on" or "off"/],
    ['lock 5s', qr/"5s".*it must be "on" or "off"/],
    ['revalidate 1', qr/"1".*it must be "on" or "off"/],
    ['min_uses 0', qr/must be between 1 and 255/],
    ['min_uses 256', qr/must be between 1 and 255/],
    ['min_uses x', qr/invalid number/],
    ['min_uses -1', qr/invalid number/],
    ['purge', qr/invalid number of arguments/],
    ['targets', qr/invalid number of arguments/],
    ['targets off CDN-Cache-Control', qr/invalid header name "off"/],
    ['targets CDN-Cache-Control off', qr/"off".*or "off" alone/],
    ['targets CDN-Cache-Control:', qr/invalid header name "CDN-Cache-C/],
    ['targets "CDN Cache"', qr/invalid header name "CDN Cache"/],
    ['targets ""', qr/invalid header name ""/],
    ['targets A; urlmeta_cache_targets B', qr/is duplicate/],
    ['valid', qr/invalid number of arguments/],
    ['valid 404', qr/invalid time value|404/, 'a time of 404 s'],
    ['valid 600 1m', qr/invalid status "600".*from 100 to 599/],
    ['valid 404 x', qr/invalid time value "x"/],
    ['valid errors 1m', qr/invalid status "errors".*"any" or "error"/],
) {
    my ($directive, $message, $taken) = @$_;
    my ($good, $output) = conf_test(in("urlmeta_cache_$directive;"));

    if ($taken) {
        ok($good, "taken: $directive is $taken");
        next;
    }

    ok(!$good, "refused: $directive");
    like($output, $message, 'says why');
    like($output, qr/ in \S+nginx\.conf:\d+/, 'and where');
}

for (
    ['zone=z:10m inactive=x', qr/"inactive=x".*must be "inactive=time"/],
    ['zone=z:10m inactive=0', qr/"inactive=0".*more than zero/],
    ['zone=z:10m save=0', qr/"save=0".*must be "save=time", more than zero/],
    ['zone=z', qr/"zone=z".*must be "zone=name:size"/],
    ['zone=z:', qr/must be "zone=name:size"/],
    ['zone=:1m', qr/must be "zone=name:size"/],
    ['z:10m', qr/"z:10m".*must be "zone=name:size", "inactive=time"/],
    ['zone=z:10m max_entry=1', qr/must be between 1k and 1m/],
    ['zone=z:1k', qr/too small, it must have \d+ bytes/],
) {
    my ($good, $output) = conf_test(in(''), http =>
                                    "urlmeta_cache_zone $_->[0];");
    ok(!$good, "refused: urlmeta_cache_zone $_->[0]");
    like($output, $_->[1], 'says what is right');
}

my ($good, $output) = conf_test('location / { urlmeta $arg_url; '
                                . 'urlmeta_cache unknown; }');
ok(!$good, 'refused: a zone that nobody declares');
like($output, qr/"unknown" is unknown: declare it by "urlmeta_cache_zone"/,
     'says what to do');

# what they do

my $o = origin(
    '/slow' => [200, 'text/html', '<title>slow</title><p>x', {delay => 0.7}],
    '/short' => [200, ['Content-Type' => 'text/html',
                       'Cache-Control' => 'max-age=5'],
                 '<title>short</title><p>x'],
    '/long' => [200, ['Content-Type' => 'text/html',
                      'Cache-Control' => 'max-age=90000'],
                '<title>long</title><p>x'],
    '/close' => 'close',
    '*' => [200, 'text/html', '<title>page</title><p>x'],
);

my $n = nginx(<<"EOF", workers => 2);
    @{[allow($o)]}
    urlmeta_cache cards;
    urlmeta_cache_bounds 1m 1h;
    urlmeta_log_level info;
    add_header X-Cache \$urlmeta_cache_status always;

    location /three {
        urlmeta \$arg_url;
        urlmeta_format \$arg_format;
        urlmeta_cache_min_uses 3;
        urlmeta_cache_purge \$arg_purge;
        urlmeta_cache_key three:\$urlmeta_url;
    }
    location /inherited { urlmeta \$arg_url; }
    location /bounds {
        urlmeta \$arg_url;
        urlmeta_cache_bounds 2m 2h;
        urlmeta_cache_key bounds:\$urlmeta_url;
    }
    location /alone {
        urlmeta \$arg_url;
        urlmeta_cache_lock off;
        urlmeta_cache_key alone:\$urlmeta_url;
    }
EOF

sub status {
    my ($path, $location, $more) = @_;
    return $n->card($o->url($path), location => $location,
                    arguments => $more || '')->{header}{'x-cache'};
}

# min_uses

is(status('/a', '/three'), $_, "min_uses: $_") for qw(MISS MISS MISS HIT HIT);
is($o->count('/a'), 3, 'three requests');
is(status('/b', '/three', '&format=html'), 'MISS', 'in another format');
is(status('/b', '/three', '&format=html'), 'MISS', 'which is not kept alone');
is(status('/b', '/three'), 'MISS', 'all formats are one key');
is(status('/b', '/three', '&format=html'), 'HIT', 'that is kept');
is(status('/close', '/three'), $_, "an error: $_") for qw(MISS MISS MISS HIT);
is(status('/c', '/three'), 'MISS', 'another key begins anew');
is(status('/a', '/inherited'), 'MISS', 'elsewhere one');
is(status('/a', '/inherited'), 'HIT', 'is enough');

# bounds

sub left {
    my ($path, $location) = @_;
    my $r = $n->card($o->url($path), location => $location);
    return ($r->{header}{'cache-control'} =~ /max-age=(\d+)/)[0];
}

for (['/short', '/inherited', 60], ['/long', '/inherited', 3600],
     ['/short', '/bounds', 120], ['/long', '/bounds', 7200])
{
    my ($path, $location, $expected) = @$_;
    my $left = left($path, $location);
    ok($left <= $expected && $left > $expected - 10,
       "$location, $path: $expected") or diag($left);
}

# lock off: each worker for itself

my @r = $n->parallel(('/alone?url=' . url_encode($o->url('/slow'))) x 20);
is(scalar(grep { $_->{code} == 200 } @r), 20, 'lock off: all answered');
my $count = $o->count('/slow');
ok($count >= 1 && $count <= 2, "by $count requests of two workers");
is(status('/slow', '/alone'), 'HIT', 'and kept');

# inactive: one that was asked for stays, one that was not goes

my $zone = 'urlmeta_cache_zone zone=cards:1m';
my $i = nginx(<<"EOF", http => "$zone inactive=2s;");
    @{[allow($o)]}
    urlmeta_cache cards;
    add_header X-Cache \$urlmeta_cache_status always;
    location /card { urlmeta \$arg_url; }
EOF

sub inactive {
    my ($path) = @_;
    return $i->card($o->url($path))->{header}{'x-cache'};
}

is(inactive('/idle'), 'MISS', 'a card');
is(inactive('/busy'), 'MISS', 'another');

my $hits = 0;
for (1 .. 6) {
    select undef, undef, undef, 0.5;
    $hits++ if inactive('/busy') eq 'HIT';
}

is($hits, 6, 'that is asked for');
inactive("/store/$_") for 1 .. 4;
is(inactive('/busy'), 'HIT', 'stays');
is(inactive('/idle'), 'MISS', 'the first goes when others come');

# a card that grew over max_entry is no more the old one

my $g = origin('/grows' => sub {
    my ($socket, $request) = @_;
    my $links = $request->{count} == 1 ? 3 : 3000;
    return [200, 'text/html', '<title>v' . $request->{count} . '</title>'
            . join '', map { "<a href='/$_'>$_</a>" } 1 .. $links];
});

my $m = nginx(<<"EOF", http => "$zone max_entry=8k;");
    @{[allow($g)]}
    urlmeta_cache cards;
    urlmeta_details on;
    urlmeta_log_level info;
    add_header X-Cache \$urlmeta_cache_status always;
    location /card { urlmeta \$arg_url; urlmeta_cache_bypass \$arg_fresh; }
EOF

sub grows {
    my ($more) = @_;
    return $m->card($g->url('/grows'), arguments => $more || '');
}

is(grows()->{header}{'x-cache'}, 'MISS', 'a card');
is(grows()->{header}{'x-cache'}, 'HIT', 'is kept');
is(grows('&fresh=1')->json->{title}, 'v2', 'a new one, too large');
my $r = grows();
is($r->{header}{'x-cache'}, 'MISS', 'takes its place by nothing');
is($r->json->{title}, 'v3', 'so that nobody gets an old one');

# the clock of the wall may step: cards have another one

SKIP: {
    skip 'a library cannot come before the sanitizers', 6 if sanitized();

    my $file = temp_dir() . '/clock';

    write_file("$file.c", <<'CODE');
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

/* nginx has an environment of its own later */
static char  name[4096];

__attribute__((constructor)) static void
begin(void)
{
    snprintf(name, sizeof(name), "%s", getenv("TEST_CLOCK"));
}

static long
step(void)
{
    long   n = 0;
    FILE  *f = fopen(name, "r");

    if (f) {
        if (fscanf(f, "%ld", &n) != 1) {
            n = 0;
        }

        fclose(f);
    }

    return n;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
    int (*real)(struct timeval *, void *) = dlsym(RTLD_NEXT, "gettimeofday");
    int   rc = real(tv, tz);

    tv->tv_sec += step();
    return rc;
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT,
                                                      "clock_gettime");
    int   rc = real(id, ts);

    if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) {
        ts->tv_sec += step();
    }

    return rc;
}

time_t
time(time_t *t)
{
    struct timespec  ts;

    clock_gettime(CLOCK_REALTIME, &ts);

    if (t) {
        *t = ts.tv_sec;
    }

    return ts.tv_sec;
}
CODE

    my ($code, $text) = run(60, 'cc', '-shared', '-fPIC', '-o', "$file.so",
                            "$file.c", '-ldl');
    skip 'no compiler', 6 if $code != 0;

    my %env = (LD_PRELOAD => "$file.so", TEST_CLOCK => $file);
    my $k = nginx(<<"EOF", env => \%env);
    @{[allow($o)]}
    urlmeta_cache cards;
    add_header X-Cache \$urlmeta_cache_status always;
    add_header X-Time \$msec always;
    location /card { urlmeta \$arg_url; }
    location /second {
        urlmeta \$arg_url;
        urlmeta_cache_valid 1s;
        urlmeta_cache_use_stale off;
        urlmeta_cache_key second:\$urlmeta_url;
    }
EOF

    my $clock = sub { return $k->card($o->url($_[0]), location => $_[1]) };
    my $start = $clock->('/x', '/card')->{header}{'x-time'};

    for (86400, -86400) {
        write_file($file, "$_\n");
        $clock->('/y', '/second');

        my $r = $clock->('/x', '/card');
        my $step = $r->{header}{'x-time'} - $start;
        ok(abs($step - $_) < 600 && $r->{header}{'x-cache'} eq 'HIT'
           && $r->{header}{age} < 600, "a step of $_ s: the card is a hit")
            or diag("$step s, $r->{header}{'x-cache'}, $r->{header}{age}");

        select undef, undef, undef, 1.3;
        is($clock->('/y', '/second')->{header}{'x-cache'}, 'EXPIRED',
           'another expires in time');
        is($clock->('/z' . $_, '/card')->{header}{'x-cache'}, 'MISS',
           'a fetch works');
    }
}

done_testing();
