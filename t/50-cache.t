#!/usr/bin/perl

# The zone: hits in every worker, validity, limits, eviction.

use lib 't/lib';
use UrlMeta::Test;

my $o = origin(
    '/404' => [404, 'text/html', ''],
    '/500' => [500, 'text/html', ''],
    '/close' => 'close',
    '/slow' => [200, 'text/html', '<title>Slow</title>', {delay => 0.5}],
    '/links' => [200, 'text/html',
                 join '', map { "<a href='/$_'>$_</a>" } 1 .. 3000],
    '/version' => sub {
        my ($socket, $request) = @_;
        return [200, 'text/html', "<title>version $request->{count}</title>"];
    },
    '*' => sub {
        my ($socket, $request) = @_;
        return [200, 'text/html', "<title>$request->{uri}</title>"
                . '<meta name=description content="' . 'd' x 900 . '">'];
    },
);

my $conf = <<"EOF";
    @{[allow($o)]}
    urlmeta_cache cards;
    urlmeta_log_level info;
    add_header X-Cache \$urlmeta_cache_status always;
    add_header X-Worker \$pid always;

    location /card { urlmeta \$arg_url; }
    location /short {
        urlmeta \$arg_url;
        urlmeta_cache_use_stale off;
        urlmeta_cache_valid 200 1s;
        urlmeta_cache_valid 404 0;
        urlmeta_cache_valid error 0;
        urlmeta_cache_valid any 2s;
    }
    location /bypass {
        urlmeta \$arg_url;
        urlmeta_cache_bypass \$arg_fresh;
        urlmeta_no_cache \$arg_secret;
    }
    location /key {
        urlmeta \$arg_url;
        urlmeta_cache_key \$arg_user:\$urlmeta_url;
    }
    location /private {
        urlmeta \$arg_url;
        urlmeta_cache_control private;
    }
    location /details { urlmeta \$arg_url; urlmeta_details on; }
    location /agent { urlmeta \$arg_url; urlmeta_user_agent \$arg_agent; }
    location /off { urlmeta \$arg_url; urlmeta_cache off; }
EOF

my $n = nginx($conf, workers => 4);

sub status {
    my ($path, $location, $arguments) = @_;
    my $r = $n->card($o->url($path), location => $location || '/card',
                     arguments => $arguments || '');
    return $r->{header}{'x-cache'};
}

# one miss, then a hit in every worker

is(status('/a'), 'MISS', 'a miss');

my %worker;

for (1 .. 400) {
    my $r = $n->card($o->url('/a'));
    last if keys %worker == 4;
    die $r->{header}{'x-cache'} if $r->{header}{'x-cache'} ne 'HIT';
    $worker{$r->{header}{'x-worker'}}++;
}

ok(keys %worker >= 2, 'hits in ' . keys(%worker) . ' workers');
is($o->count('/a'), 1, 'one request at the origin');

# single flight inside a worker

my $s = nginx($conf);
my $uri = '/card?url=' . url_encode($o->url('/slow'));
my @r = $s->parallel(($uri) x 50);
is(scalar(grep { $_->{code} == 200 } @r), 50, 'fifty ask at once');
is(scalar(keys %{{map { $_->{body} => 1 } @r}}), 1, 'all get the same');
is($o->count('/slow'), 1, 'the origin was asked once');

# the same card in another spelling of its URL

my $r = $n->card('HTTP://127.0.0.1:' . $o->port . '/x/../a#part');
is($r->{header}{'x-cache'}, 'HIT', 'a URL has one key');

# validity

is(status('/v', '/short'), 'MISS', 'valid for a second');
is(status('/v', '/short'), 'HIT', 'is a hit');
select undef, undef, undef, 1.2;
is(status('/v', '/short'), 'EXPIRED', 'and expires');
is(status('/v', '/short'), 'HIT', 'and is made anew');

is(status('/404', '/short'), 'MISS', '404: not kept');
is(status('/404', '/short'), 'MISS', '404: as its validity says');
is(status('/close', '/short'), 'MISS', 'error: not kept');
is(status('/close', '/short'), 'MISS', 'error: as its validity says');
is(status('/500', '/short'), 'MISS', 'any: kept');
is(status('/500', '/short'), 'HIT', 'any: two seconds');

is(status('/404'), 'MISS', 'a 404 is kept by default');
is(status('/404'), 'HIT', 'and answered from the zone');
$r = $n->card($o->url('/404'));
is($r->{code}, 404, 'as a 404');
is($r->json->{upstream_status}, 404, 'with the upstream status');
is(status('/close'), 'MISS', 'an error is kept by default');
is(status('/close'), 'HIT', 'and answered from the zone');
is($n->card($o->url('/close'))->json->{code}, 'connect_reset', 'as it was');

# predicates, keys, control

is(status('/b', '/bypass'), 'MISS', 'predicates: a miss');
is(status('/b', '/bypass', '&fresh=1'), 'BYPASS', 'bypassed');
is(status('/b', '/bypass', '&fresh=0'), 'HIT', 'not for "0"');
is(status('/c', '/bypass', '&secret=1'), 'MISS', 'not stored');
is(status('/c', '/bypass'), 'MISS', 'was not stored');

is(status('/k', '/key', '&user=1'), 'MISS', 'a key of its own');
is(status('/k', '/key', '&user=1'), 'HIT', 'is found');
is(status('/k', '/key', '&user=2'), 'MISS', 'by nobody else');

is(status('/g', '/agent', '&agent=one'), 'MISS', 'a request header');
is(status('/g', '/agent', '&agent=two'), 'MISS', 'is part of the key');
is(status('/g', '/agent', '&agent=one'), 'HIT', 'as it was');

is(status('/a', '/details'), 'MISS', 'details are another card');
is(status('/a', '/off'), undef, 'off: no status');

$r = $n->card($o->url('/a'), location => '/private');
like($r->{header}{'cache-control'}, qr/^private, max-age=\d+$/, 'private');
$r = $n->card($o->url('/a'));
like($r->{header}{'cache-control'}, qr/^public, max-age=\d+$/, 'public');

# formats are variants of one card

my $before = $o->count('/f');
my $f = nginx(<<"EOF");
    @{[allow($o)]}
    add_header X-Cache \$urlmeta_cache_status always;
    location /card {
        urlmeta \$arg_url;
        urlmeta_cache cards;
        urlmeta_format \$arg_format;
    }
EOF

for (['json', 'MISS'], ['html', 'HIT'], ['html', 'HIT'], ['fragment', 'HIT']) {
    my ($format, $status) = @$_;
    $r = $f->card($o->url('/f'), arguments => "&format=$format");
    is($r->{code}, 200, "$format: status");
    is($r->{header}{'x-cache'}, $status, "$format: $status");
}

is($o->count('/f'), 1, 'one fetch for all formats');

# a new card takes the place of all of them

my $v = nginx(<<"EOF");
    @{[allow($o)]}
    location /card {
        urlmeta \$arg_url;
        urlmeta_cache cards;
        urlmeta_format \$arg_format;
        urlmeta_cache_bypass \$arg_fresh;
    }
EOF

for (['json', 1], ['html', 1], ['json', 2, 1], ['html', 2]) {
    my ($format, $version, $fresh) = @$_;
    $r = $v->card($o->url('/version'), arguments => "&format=$format"
                  . ($fresh ? '&fresh=1' : ''));
    like($r->{body}, qr/version $version\b/, "$format: version $version");
}

# too large for an entry: answered, not kept

my $small = 'urlmeta_cache_zone zone=cards:256k max_entry=4k;';
my $z = nginx(<<"EOF", http => $small);
    @{[allow($o)]}
    urlmeta_cache cards;
    urlmeta_log_level info;
    add_header X-Cache \$urlmeta_cache_status always;
    location /card { urlmeta \$arg_url; }
    location /details { urlmeta \$arg_url; urlmeta_details on; }
EOF

for (1, 2) {
    $r = $z->card($o->url('/links'), location => '/details');
    is($r->{code}, 200, 'a card over max_entry is answered');
    is($r->{header}{'x-cache'}, 'MISS', 'and not kept');
}

ok($z->logged(qr/does not fit into zone "cards"/), 'and the log says so');

# a full zone evicts the least recently used

my $c = $z->connect;
my $bad = 0;

for my $i (1 .. 400) {
    $r = $c->get('/card?url=' . url_encode($o->url("/many/$i")));
    $bad++ if $r->{code} != 200;
}

$c->close;

is($bad, 0, 'four hundred cards into a zone for fewer: all answered');
is($z->card($o->url('/many/400'))->{header}{'x-cache'}, 'HIT',
   'the last is there');
is($z->card($o->url('/many/1'))->{header}{'x-cache'}, 'MISS',
   'the first is not');

# a card that is larger than the zone empties nothing

my $tiny = 'urlmeta_cache_zone zone=cards:64k max_entry=1m;';
my $e = nginx(<<"EOF", http => $tiny);
    @{[allow($o)]}
    urlmeta_cache cards;
    add_header X-Cache \$urlmeta_cache_status always;
    location /card { urlmeta \$arg_url; }
    location /details { urlmeta \$arg_url; urlmeta_details on; }
EOF

$e->card($o->url('/stays'));
$r = $e->card($o->url('/links'), location => '/details');
ok(length $r->{body} > 65536, 'a card larger than the zone');
is($e->card($o->url('/stays'))->{header}{'x-cache'}, 'HIT',
   'the others stay');

# survives a reload of the same size, starts anew with another

ok($n->reload, 'reload');
is(status('/a'), 'HIT', 'a card survives');

done_testing();
