#!/usr/bin/perl

# Content-Encoding: identity and one layer of gzip, counted decoded.

use lib 't/lib';
use UrlMeta::Test;

use IO::Compress::Gzip qw(gzip $GzipError);

sub gz {
    my ($text) = @_;
    my $out;
    gzip(\$text => \$out) or die $GzipError;
    return $out;
}

my $page = '<title>Packed</title>' . join '', map { "<p>$_</p>" } 1 .. 5000;
my $packed = gz($page);
my $bomb = gz('<title>Bomb</title>' . ' ' x 50_000_000);

my %gzip = ('Content-Type' => 'text/html', 'Content-Encoding' => 'gzip');

my $o = origin(
    '/gzip' => [200, {%gzip}, $packed],
    '/x-gzip' => [200, {%gzip, 'Content-Encoding' => 'X-GZIP'}, $packed],
    '/pieces' => [200, {%gzip}, [unpack '(a7)*', $packed]],
    '/members' => [200, {%gzip}, gz('<title>Two') . gz(' parts</title>')],
    '/identity' => [200, {%gzip, 'Content-Encoding' => 'identity'}, $page],
    '/bomb' => [200, {%gzip}, $bomb],
    '/cut' => [200, {%gzip}, substr($packed, 0, length($packed) / 2)],
    '/lie' => [200, {%gzip}, $page],
    '/empty' => [200, {%gzip}, ''],
    '/twice' => [200, {%gzip, 'Content-Encoding' => 'gzip, gzip'},
                 gz($packed)],
    '/lines' => [200, ['Content-Type' => 'text/html',
                       'Content-Encoding' => 'gzip',
                       'Content-Encoding' => 'gzip'], gz($packed)],
    map { ("/$_" => [200, {%gzip, 'Content-Encoding' => $_}, $page]) }
        qw(br zstd deflate compress x-nope),
);

my $n = nginx(<<"EOF");
    location /card {
        urlmeta \$arg_url;
        urlmeta_cache cards;
        @{[allow($o)]}
    }
EOF

for (qw(/gzip /x-gzip /pieces /identity)) {
    my $r = $n->card($o->url($_));
    is($r->{code}, 200, "$_: status");
    is($r->json->{title}, 'Packed', "$_: title");
    is($r->json->{http}{bytes}, length $page, "$_: decoded bytes");
    ok(!$r->json->{http}{truncated}, "$_: whole");
}

my $r = $n->card($o->url('/members'));
is($r->json->{title}, 'Two parts', 'two members are one body');

my ($worker) = $n->worker_pids;
my $rss = $n->rss($worker);
$r = $n->card($o->url('/bomb'));
is($r->{code}, 200, 'a bomb: status');
is($r->json->{title}, 'Bomb', 'a bomb: what stands in front');
is($r->json->{http}{bytes}, 2 * 1024 * 1024, 'a bomb: to the limit');
ok($r->json->{http}{truncated}, 'a bomb: truncated');
ok($n->rss($worker) - $rss < 8192, 'a bomb: no memory')
    or diag($n->rss($worker) - $rss);

$r = $n->card($o->url('/cut'));
is($r->{code}, 200, 'cut in half: status');
is($r->json->{title}, 'Packed', 'cut in half: what came');
ok($r->json->{http}{truncated}, 'cut in half: truncated');
like($r->{header}{'cache-control'}, qr/max-age=(?:[1-5]?\d|60)$/,
     'cut in half: not kept for long');

$r = $n->card($o->url('/lie'));
is($r->{code}, 502, 'not gzip at all: status');
is($r->json->{code}, 'encoding_bad', 'not gzip at all: code');

is($n->card($o->url('/empty'))->{code}, 200, 'nothing at all');

for (qw(/twice /lines /br /zstd /deflate /compress /x-nope)) {
    $r = $n->card($o->url($_));
    is($r->{code}, 502, "$_: status");
    is($r->json->{code}, 'encoding_denied', "$_: code");
}

done_testing();
