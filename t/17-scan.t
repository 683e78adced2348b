#!/usr/bin/perl

# urlmeta_scan: how much of a page is read, and what a page is worth that broke
# off.

use lib 't/lib';
use UrlMeta::Test;

use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(sleep time);

my $stated = <<'EOF';
<!doctype html><html><head><meta charset="utf-8"><title>Title</title>
<meta property="og:title" content="The title">
<meta property="og:description" content="What it is about">
<meta property="og:image" content="/a.png">
EOF

my $json_ld = <<'EOF';
<!doctype html><html><head><meta charset="utf-8">
<script type="application/ld+json">{"@type":"Article","headline":"JSON",
"description":"What it says","image":{"url":"/ld.png"}}</script>
EOF

my $poor = '<!doctype html><html><head><meta charset="utf-8">'
           . '<title>Poor</title>';

my $body = '<meta name="generator" content="body">'
           . '<article><p>The first paragraph of the article is a good '
           . 'description of it if there is no other.</p>'
           . '<img src="/body.jpg" width="800" height="400"></article>';

my $filler = '<p>' . 'x ' x 5000 . '</p>';
my $huge = $filler x 40;

sub slowly {
    my ($head) = @_;

    return [200, 'text/html', [$head], {hang => 1}];
}

sub broken {
    my ($text, $reset) = @_;

    return sub {
        my ($socket) = @_;
        syswrite $socket, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                          . "Content-Length: 100000\r\n\r\n$text";
        if ($reset) {
            sleep 0.2;
            setsockopt $socket, SOL_SOCKET, SO_LINGER, pack 'll', 1, 0;
        }
        return 'done';
    };
}

my $o = origin(
    '/stated' => [200, 'text/html', "$stated</head><body>$body</body></html>"],
    '/json-ld' => [200, 'text/html',
                   "$json_ld</head><body>$body</body></html>"],
    '/poor' => [200, 'text/html', "$poor</head><body>$body</body></html>"
                                  . '<meta name="robots" content="late">'],
    '/huge' => [200, 'text/html', "$stated</head><body>$huge$body"],
    '/no-tags' => [200, 'text/html', $stated . "<div>$body"],
    '/hangs' => slowly("$stated</head><body>"),
    '/hangs-big' => slowly("$stated</head><body>$filler"),
    '/hangs-poor' => slowly("$poor</head><body><p>"),
    '/hangs-head' => slowly($stated),
    '/gzip' => [200, 'text/html', "$stated</head><body>$huge", {gzip => 1}],
    '/short' => broken("$poor</head><body>"),
    '/short-head' => broken($poor),
    '/reset' => broken("$poor</head><body>", 1),
    '/reset-head' => broken($poor, 1),
    '/short-div' => broken("$poor<div>"),
    '/short-text' => broken('hello'),
    '/drip' => sub {
        my ($socket) = @_;
        syswrite $socket, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
        for (split //, $poor x 100) {
            syswrite $socket, $_ or last;
            sleep 0.05;
        }
        return 'done';
    },
);

my $n = nginx(<<"EOF");
    @{[allow($o)]}
    urlmeta_read_timeout 2s;

    location /card { urlmeta \$arg_url; urlmeta_cache cards; }
    location /full { urlmeta \$arg_url; urlmeta_cache cards;
                     urlmeta_scan full; }
    location /head { urlmeta \$arg_url; urlmeta_cache cards;
                     urlmeta_scan head; }
    location /details { urlmeta \$arg_url; urlmeta_details on; }
    location /fresh { urlmeta \$arg_url; }
EOF

my ($r, $card, $start);

# what is found

$card = $n->card($o->url('/stated'))->json;
is($card->{title}, 'The title', 'auto: title');
is($card->{generator}, undef, 'a body is not read behind a complete head');
ok(!$card->{http}{truncated}, 'which is no truncation');

$card = $n->card($o->url('/json-ld'))->json;
is($card->{description}, 'What it says', 'JSON-LD states it too');
is($card->{generator}, undef, 'so the body is not read');

$card = $n->card($o->url('/poor'))->json;
is($card->{generator}, 'body', 'auto: the body behind an incomplete one');
is($card->{robots}, undef, 'up to </html>');
like($card->{description}, qr/^The first paragraph/, 'description');
is($card->{image}{url}, $o->url('/body.jpg'), 'image');
is($card->{image}{width}, 800, 'its width');
is($card->{layout}, 'large', 'layout');

$card = $n->card($o->url('/no-tags'))->json;
is($card->{generator}, 'body', 'auto: a head ends by its tags only');

$card = $n->card($o->url('/stated'), location => '/full')->json;
is($card->{generator}, 'body', 'full: another card, with the body');

$card = $n->card($o->url('/poor'), location => '/full')->json;
is($card->{robots}, 'late', 'full: to the end');

$card = $n->card($o->url('/poor'), location => '/head')->json;
is($card->{title}, 'Poor', 'head: title');
is($card->{generator}, undef, 'head: no body');
is($card->{description}, undef, 'head: nothing of it');

$card = $n->card($o->url('/stated'), location => '/details')->json;
is($card->{generator}, 'body', 'details are of the whole page');

# how long it takes, in time and bytes

for (['/hangs', '/card'], ['/hangs-big', '/card'], ['/hangs', '/head'],
     ['/hangs-poor', '/head'])
{
    my ($path, $location) = @$_;
    $start = time;
    $r = $n->card($o->url($path), location => $location);
    my $took = time - $start;
    is($r->{code}, 200, "$path, $location: status");
    ok(!$r->json->{http}{truncated}, 'not truncated');
    ok($took < 1.5, 'at once') or diag($took);
}

$start = time;
$r = $n->card($o->url('/hangs'), location => '/full');
my $took = time - $start;
is($r->{code}, 200, 'full: a card');
ok($r->json->{http}{truncated}, 'truncated');
ok($took > 1.9, 'after the time-out') or diag($took);

$r = $n->card($o->url('/hangs-poor'));
is($r->{code}, 200, 'auto, an incomplete head: a card');
ok($r->json->{http}{truncated}, 'truncated');

for my $path ('/huge', '/gzip') {
    $r = $n->card($o->url($path));
    is($r->json->{title}, 'The title', "$path: title");
    ok(!$r->json->{http}{truncated}, "$path: not truncated");
    ok($r->json->{http}{bytes} < length $huge, "$path: read in part")
        or diag($r->json->{http}{bytes});
}

# connections

my $before = $o->connections;

for (1 .. 4) {
    $n->card($o->url("/stated?$_"), location => '/fresh');

    # others use it only once it was silent for a moment
    select undef, undef, undef, 0.4;
}

ok($o->connections <= $before + 1,
   'a small page came whole: its connection is kept')
    or diag($o->connections - $before);

$before = $o->connections;
$n->card($o->url("/huge?$_"), location => '/fresh') for 1 .. 3;
ok($o->connections >= $before + 2, 'those of large ones are closed')
    or diag($o->connections - $before);

# what broke off

for ('/short', '/reset', '/short-div') {
    $r = $n->card($o->url($_));
    is($r->{code}, 200, "$_: a card of the head");
    is($r->json->{title}, 'Poor', 'title');
    ok($r->json->{http}{truncated}, 'truncated');
    like($r->{header}{'cache-control'}, qr/max-age=(?:[1-5]?\d|60)$/,
         'kept for a minute at most');
}

for (['/short-head', 502, 'incomplete'], ['/short-text', 502, 'incomplete'],
     ['/reset-head', 502, 'connect_reset'],
     ['/hangs-head', 504, 'upstream_timeout'],
     ['/drip', 504, 'upstream_timeout'])
{
    my ($path, $status, $code) = @$_;
    $r = $n->card($o->url($path));
    is($r->{code}, $status, "$path: no card of half a head");
    is($r->json->{code}, $code, "$path: $code");
}

is($n->card($o->url('/stated?again'))->{code}, 200, 'and then it goes on');

done_testing();
