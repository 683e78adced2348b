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
my $large = "<title>Large</title>\n" . join '', map { "<p>$_</p>" } 1 .. 60000;
my $bomb = gz('<title>Bomb</title>' . ' ' x 50_000_000);

# what comes to nothing has to end, too

sub endless {
    my ($first, $more) = @_;

    return sub {
        my ($socket) = @_;
        local $SIG{PIPE} = 'IGNORE';
        syswrite $socket, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                          . "Content-Encoding: gzip\r\n\r\n$first";
        1 while syswrite $socket, $more;
        return 'done';
    };
}

my %gzip = ('Content-Type' => 'text/html', 'Content-Encoding' => 'gzip');

my $o = origin(
    '/gzip' => [200, {%gzip}, $packed],
    '/x-gzip' => [200, {%gzip, 'Content-Encoding' => 'X-GZIP'}, $packed],
    '/pieces' => [200, {%gzip}, [unpack '(a7)*', $packed]],
    '/members' => [200, {%gzip}, gz('<title>Two') . gz(' parts</title>')],
    '/large' => [200, 'text/html', $large],
    '/large-gzip' => [200, {%gzip}, gz($large)],
    '/identity' => [200, {%gzip, 'Content-Encoding' => 'identity'}, $page],
    '/bomb' => [200, {%gzip}, $bomb],
    '/cut' => [200, {%gzip}, substr($packed, 0, length($packed) / 2)],
    '/lie' => [200, {%gzip}, $page],
    '/comment' => endless(pack('H*', '1f8b08100000000000ff'), 'x' x 65536),
    '/blocks' => endless(pack('H*', '1f8b08000000000000ff'),
                         pack('H*', '000000ffff') x 10000),
    '/junk' => endless(gz('<title>Junk</title>'), 'x' x 65536),
    '/no-end' => endless(gz('<html><head><title>Members</title></head>'
                             . '<body>'), gz('') x 1000),
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

# large pages over one connection: read in several turns of the event loop, all
# of the bytes, and what is read is not taken for something unasked

my $before = $o->connections;
my $good = 0;

for (1 .. 30) {
    for my $path ("/large?$_", "/large-gzip?$_", "/x-gzip?$_") {
        my $r = $n->card($o->url($path));
        my $bytes = $path =~ /large/ ? length $large : length $page;
        $good++ if $r->{code} == 200 && $r->json->{http}{bytes} == $bytes
                   && !$r->json->{http}{truncated};
    }
}

is($good, 90, 'large pages');

# one that was silent for a moment is used again

$before = $o->connections;

for my $path ('/large?a', '/large-gzip?a', '/x-gzip?a') {
    select undef, undef, undef, 0.4;
    $n->card($o->url($path));
}

ok($o->connections - $before <= 1, 'over one connection')
    or diag($o->connections - $before);

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

my $start = time;
($worker) = $n->worker_pids;
my $cpu = $n->cpu_time($worker);

for (qw(/comment /blocks)) {
    $r = $n->card($o->url($_));
    is($r->{code}, 502, "$_: status");
    is($r->json->{code}, 'encoding_bad', "$_: code");
}

for (['/junk', 'Junk'], ['/no-end', 'Members']) {
    my ($path, $title) = @$_;
    $r = $n->card($o->url($path));
    is($r->{code}, 200, "$path: status");
    is($r->json->{title}, $title, "$path: title");
}

$cpu = $n->cpu_time($worker) - $cpu;
ok(time - $start < seconds(5), 'all that is over soon');
diag("CPU for what comes to nothing: $cpu s");

for (qw(/twice /lines /br /zstd /deflate /compress /x-nope)) {
    $r = $n->card($o->url($_));
    is($r->{code}, 502, "$_: status");
    is($r->json->{code}, 'encoding_denied', "$_: code");
}

done_testing();
