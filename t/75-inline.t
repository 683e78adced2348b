#!/usr/bin/perl

# urlmeta_inline: cards in pages, and what is left as it was.

use lib 't/lib';
use UrlMeta::Test;
use UrlMeta::Tree;

use Time::HiRes qw(time);

my $targets = origin(
    '/a' => [200, undef, '<title>Card A</title>'],
    '/b' => [200, undef, "<title>Gr\xfc\xdf Gott \x{1f600}</title>"],
    '/slow' => [200, undef, '<title>Slow</title>', {delay => 0.3}],
    '/hang' => 'hang',
    '/404' => [404, undef, ''],
    '/evil' => [200, undef, '<title>&lt;script>alert(1)&lt;/script>"\'-->'
                . '&lt;!--# echo var=x --></title>'],
);
$targets->set("/n/$_" => [200, undef, "<title>Card $_</title>"]) for 1 .. 60;
$targets->set("/s/$_" => [200, undef, "<title>Slow $_</title>",
                          {delay => 0.3}]) for 1 .. 8;

my $t = 'http://' . $targets->address;

sub a { return qq{<a data-preview href="$t$_[0]">} . ($_[1] || 'text')
               . '</a>' }

sub page { return "<!doctype html>\n<html><head><title>x</title></head><body>\n"
                  . join("\n", @_) . "\n</body></html>\n" }

# one of each kind
my $kinds = page('<div>' . a('/a') . '</div>',
                 "<figure class=\"media\"><oembed url=\"$t/b\"></oembed>"
                 . '</figure>', '<p>' . a('/n/1') . '</p>',
                 '<ul><li>' . a('/n/2', '<b>bold</b> <img src=x> & more')
                 . '</ul>', '<p>the end</p>');
my $big = page(a('/n/3'), ('<p>The text goes on and on.</p>') x 100_000,
               a('/n/4'));

my %site = (
    '/' => [200, undef, $kinds],
    '/chunked' => [200, undef, [$kinds =~ /.{1,13}/gs]],
    '/big' => [200, undef, $big],
    '/big-chunked' => [200, undef, [$big =~ /.{1,40000}/gs]],
    '/none' => [200, undef, page('<p>nothing</p>', '<a href="/x">x</a>')],
    '/many' => [200, undef, page(map { a("/n/$_") } 1 .. 50)],
    '/parallel' => [200, undef, page(map { a("/s/$_") } 1 .. 8)],
    '/404' => [404, undef, $kinds],
    '/500' => [500, undef, $kinds],
    '/206' => [206, ['Content-Type' => 'text/html',
                     'Content-Range' => 'bytes 0-9/99'], $kinds],
    '/empty' => [200, undef, ''],
    '/text' => [200, 'text/plain', $kinds],
    '/gzip' => [200, undef, $kinds, {gzip => 1}],
    '/hang' => [200, undef, page(a('/n/5'), a('/hang'), a('/n/6'))],
    '/hang-big' => [200, undef, page(a('/hang'),
                                     ('<p>The text goes on.</p>') x 80_000)],
    '/evil' => [200, undef, page(a('/evil'))],
    '/latin1' => [200, 'text/html; charset=iso-8859-1',
                  page("<p>Gr\xfc\xdf</p>", a('/b'))],
    '/cut' => [200, ['Content-Type' => 'text/html',
                     'Content-Length' => length($kinds) + 10], $kinds,
               {close => 1}],
    '/stalls' => [200, undef, [page(a('/n/7')), ' '], {chunk_delay => 1}],
);

# what stands for no card, or for none that can be had
my %left = (
    'no href' => '<a data-preview>x</a>',
    'not http' => '<a data-preview href="javascript:alert(1)">x</a>',
    'mail' => '<a data-preview href="mailto:a@b.example">x</a>',
    'not asked' => "<a href=\"$t/a\">x</a>",
    'a 404' => a('/404'),
    'a denied address' => '<a data-preview href="http://10.0.0.1/">x</a>',
    'in a sentence' => '<p>see ' . a('/a') . ' there</p>',
    'before the end of one' => '<p>' . a('/a') . ', and more</p>',
    'two in one' => '<p>' . a('/a') . ' ' . a('/a') . '</p>',
    'in a span in a paragraph' => '<p><span>' . a('/a') . '</span></p>',
    'a paragraph with an id' => '<p id=x>' . a('/a') . '</p>',
    'a comment' => '<!-- ' . a('/a') . ' -->',
    'a script' => "<script>var x = '" . a('/a') . "'</script>",
    'a textarea' => '<textarea>' . a('/a') . '</textarea>',
    'a template' => '<template>' . a('/a') . '</template>',
    'noscript' => '<noscript>' . a('/a') . '</noscript>',
    'an svg' => '<svg>' . a('/a') . '</svg>',
    'CDATA' => '<svg><![CDATA[' . a('/a') . ']]></svg>',
    'not closed' => "<a data-preview href=\"$t/a\"><div>x</a></div>",
    'in another' => "<a data-preview href=\"$t/a\">x",
    'a long one' => a('/a', 'x' x 20_000),
    'an attribute' => '<p title=\'' . a('/a') . '\'>x</p>',
);
$site{'/left/' . tr/ /-/r} = [200, undef, page($left{$_})] for keys %left;

my $o = origin(%site);

my $cut = page('<p>', a('/n/1'), '</p><i>', a('/a', '<b>x</b>'), '</i>');
my $from = index $cut, '<p>';
my @cuts = $from - 2 .. index($cut, '</i>') + 3;
$o->set("/at/$_" => [200, undef, [substr($cut, 0, $_), substr $cut, $_],
                     {chunk_delay => 0.01}]) for @cuts;

my $dir = temp_dir('site');
write_file("$dir/page.html", $kinds);
write_file("$dir/big.html", $big);
write_file("$dir/ssi.html", page('<p><!--# include virtual="/file/part.html"'
                                 . ' --></p>', a('/n/1')));
write_file("$dir/part.html", a('/a'));

my $conf = <<"EOF";
    @{[allow($targets)]}
    urlmeta_inline /card timeout=3s;

    location = /card {
        internal;
        urlmeta \$arg_url;
        urlmeta_format \$arg_format;
        urlmeta_cache cards;
        urlmeta_cache_valid error 1s;
        urlmeta_timeout 4s;
        urlmeta_read_timeout 4s;
    }

    location / { proxy_pass http://@{[$o->address]}; }
    location /off/ { urlmeta_inline off; proxy_pass http://@{[$o->address]}/; }
    location /unbuffered/ {
        proxy_buffering off;
        proxy_pass http://@{[$o->address]}/;
    }
    location /gzipped/ {
        gzip on; gzip_min_length 1; gzip_proxied any;
        proxy_pass http://@{[$o->address]}/;
    }
    location /few/ {
        urlmeta_inline /card max=3;
        proxy_pass http://@{[$o->address]}/;
    }
    location /soon/ {
        urlmeta_inline /card timeout=400ms;
        proxy_pass http://@{[$o->address]}/;
    }
    location /file/ { ssi on; alias $dir/; types { text/html html; } }
    location /sendfile/ {
        sendfile on;
        alias $dir/;
        types { text/html html; }
    }
    location = /moved { try_files /none.html /chunked; }
    location /error/ {
        proxy_intercept_errors on;
        error_page 404 /file/page.html;
        proxy_pass http://@{[$o->address]}/;
    }
    location /json/ {
        urlmeta_inline /json-card;
        proxy_pass http://@{[$o->address]}/;
    }
    location = /json-card { urlmeta \$arg_url; }
    location /void/ {
        urlmeta_inline /204;
        proxy_pass http://@{[$o->address]}/;
    }
    location = /204 { return 204; }
    location /moves/ {
        urlmeta_inline /moves-card;
        proxy_pass http://@{[$o->address]}/;
    }
    location = /moves-card { try_files /none.html /card?\$args; }
    location /other/ {
        urlmeta_inline /other-card;
        proxy_pass http://@{[$o->address]}/;
    }
    location = /other-card {
        proxy_pass http://127.0.0.1:%%PORT%%/open;
    }
    location = /open { urlmeta \$arg_url; urlmeta_format fragment; }
    location /other-hang/ {
        urlmeta_inline /hang-card timeout=300ms;
        proxy_pass http://@{[$o->address]}/;
    }
    location = /hang-card { proxy_pass $t/hang; proxy_read_timeout 2s; }
    location /fallback/ {
        urlmeta_inline /fallback-card;
        proxy_pass http://@{[$o->address]}/;
    }
    location = /fallback-card { error_page 404 =200 \@none; return 404; }
    location \@none {
        default_type text/html;
        return 200 "<i class=urlmeta-card>none</i>";
    }
    location /both/ {
        urlmeta_complete on;
        proxy_pass http://@{[$o->address]}/;
    }
EOF

my $n = nginx($conf, workers => 2);

my @pairs;

# the page with cards instead of elements
sub cards { return scalar(() = $_[0] =~ /<article class="urlmeta-card/g); }

sub has {
    my ($uri, $before, $count, $what, %option) = @_;
    my $r = $n->get($uri, %option);
    is(cards($r->{body}), $count, "$what: cards")
        or diag(substr $r->{body}, 0, 1000);
    ok($r->{code} == 200 && !$r->{error}, "$what: whole")
        or diag("$r->{code} " . ($r->{error} || ''));
    push @pairs, [$before, $r->{body}];
    return $r;
}

sub stays {
    my ($uri, $code, $before, $what) = @_;
    my $r = $n->get($uri);
    is($r->{code}, $code, "$what: status");
    ok($r->{body} eq $before, "$what: as it was")
        or diag(substr $r->{body}, 0, 1000);
    return $r;
}

my $r = has('/', $kinds, 4, 'Content-Length');
ok(!exists $r->{header}{'content-length'}, 'is gone');
like($r->{body}, qr{<div><article.*?Card A.*?</article></div>}s, 'an anchor');
like($r->{body}, qr{<figure class="media"><article.*?</article></figure>}s,
     'an oembed');
like($r->{body}, qr{Gr&#252;&#223; Gott &#128512;}, 'in ASCII');
like($r->{body}, qr{</figure>\n<article.*?Card 1.*?</article>\n<ul>}s,
     'a paragraph');
like($r->{body}, qr{<li><article.*?Card 2.*?</article></ul>}s,
     'with elements in it');
unlike($r->{body}, qr{data-preview|<oembed|<script}, 'nothing else');

has('/chunked', $kinds, 4, 'chunked');
has('/big', $big, 2, '3 MB');
has('/big-chunked', $big, 2, '3 MB, chunked');
has('/unbuffered/chunked', $kinds, 4, 'not buffered');
has('/unbuffered/big', $big, 2, '3 MB, not buffered');
has('/sendfile/page.html', $kinds, 4, 'a file');
has('/sendfile/big.html', $big, 2, 'a large file');
has('/moved', $kinds, 4, 'an internal redirect');
has('/', $kinds, 4, 'HTTP/1.0', version => '1.0');
has('/moves/', $kinds, 4, 'a card by an internal redirect');
has('/other/', $kinds, 4, 'a card by proxy_pass');
$r = has('/latin1', page("<p>Gr\xfc\xdf</p>", a('/b')), 1, 'ISO-8859-1');
like($r->{body}, qr/<p>Gr\xfc\xdf<\/p>.*Gr&#252;&#223;/s, 'the same letters');
$r = has('/evil', page(a('/evil')), 1, 'a hostile title');
unlike($r->{body}, qr/<script|<!--/, 'is text');
has('/file/page.html', $kinds, 4, 'with SSI');
has("/at/$_", $cut, 2, "cut at $_") for @cuts;
has("/unbuffered/at/$_", $cut, 2, "cut at $_, not buffered")
    for grep { $_ % 3 == 0 } @cuts;

$r = $n->get('/both/');
is(cards($r->{body}), 4, 'with urlmeta_complete');
like($r->{body}, qr/<meta property="og:title" content="x">/, 'too');

$r = $n->get('/gzipped/', headers => {'Accept-Encoding' => 'gzip'});
{
    require IO::Uncompress::Gunzip;
    my $plain;
    IO::Uncompress::Gunzip::gunzip(\$r->{body}, \$plain);
    is(cards($plain), 4, 'gzip to the client');
}

# bounds

$r = has('/many', $site{'/many'}[2], 20, 'fifty');
like($r->{body}, qr/Card 20</, 'the first twenty');
is(() = $r->{body} =~ /data-preview/g, 30, 'and the rest as it was');
has('/few/many', $site{'/many'}[2], 3, 'max');

my $start = time;
has('/parallel', $site{'/parallel'}[2], 8, 'eight of 0.3 s each');
my $took = time - $start;
ok($took < 1.5 * (sanitized() ? 3 : 1), "take $took s");

$start = time;
$r = has('/soon/hang', $site{'/hang'}[2], 2, 'an origin that hangs');
$took = time - $start;
ok($took >= 0.3 && $took < 1.5, "holds the page for $took s");
like($r->{body}, qr{<a data-preview href="$t/hang">text</a>}, 'and is left');

my $c = $n->connect;
$start = time;
$c->send($c->message('GET', '/soon/hang', keepalive => 1)
         . $c->message('GET', '/none', keepalive => 1));
is(cards($c->response->{body}), 2, 'the same');
is($c->response->{body}, $site{'/none'}[2], 'and the next request');
ok(time - $start < 1.5, 'does not wait for it');
$c->close;

$start = time;
$r = $n->get('/other-hang/hang');
is(cards($r->{body}), 0, 'another handler that hangs');
ok(time - $start < 1.5, 'holds no page either');

has('/soon/hang-big', $site{'/hang-big'}[2], 0, 'a page of 2 MB behind it');

# failures

stays('/left/' . tr/ /-/r, 200, page($left{$_}), $_) for sort keys %left;
stays('/json/', 200, $kinds, 'a card that is no HTML');
stays('/void/', 200, $kinds, 'one without a body');
stays($_, $site{$_}[0], $site{$_}[2], $_)
    for qw(/404 /500 /206 /empty /text /none);
stays('/off/', 200, $kinds, 'off');
stays('/error/404', 404, $kinds, 'an error page');

$r = $n->get('/fallback/left/a-404');
like($r->{body}, qr/<i class=urlmeta-card>none/, 'an error page as the card');

$r = $n->get('/gzip');
is($r->{header}{'content-encoding'}, 'gzip', 'gzip from the upstream');
is($r->{header}{'content-length'}, length $r->{body}, 'goes on as it is');
like($n->error_log, qr/\[warn\].*urlmeta_inline leaves pages with/,
     'with a warning');

$r = $n->head('/');
is($r->{code}, 200, 'HEAD');
ok(!exists $r->{header}{'content-length'}, 'without a length');
$r = $n->get('/sendfile/page.html');
my $etag = $r->{header}{etag};
like($etag, qr/^W\//, 'a weak ETag');
is($n->get('/sendfile/page.html', headers => {'If-None-Match' => $etag})
   ->{code}, 304, 'that can be asked with');
$r = $n->get('/cut');
ok($r->{error}, 'a page that is cut off is cut off');
is(cards($r->{body}), 4, 'with its cards');

# an included page is a part of one

$r = $n->get('/file/ssi.html');
is(cards($r->{body}), 1, 'an include is left alone');
like($r->{body}, qr{<p><a data-preview href="$t/a">text</a></p>}, 'and whole');

# SSI's own way

my $include = '<!--# include virtual="/card?url=' . "$t/a"
              . '&format=fragment" -->';
my $ssi = nginx(<<"EOF");
    @{[allow($targets)]}
    location = /page {
        ssi on;
        default_type text/html;
        return 200 '<div>$include</div>';
    }
    location = /card {
        internal;
        urlmeta \$arg_url;
        urlmeta_format \$arg_format;
        urlmeta_cache cards;
    }
EOF

for (1, 2) {
    like($ssi->get('/page')->{body},
         qr{^<div><article class="urlmeta-card.*Card A.*</article></div>$}s,
         "an include of SSI, $_");
}
is($ssi->get('/card?url=x')->{code}, 404, 'of a location that is internal');

# clients that leave

for my $uri ('/hang', '/soon/hang', '/unbuffered/hang', '/hang-big',
             '/unbuffered/stalls')
{
    my $c = $n->connect;
    $c->send($c->message('GET', $uri));
    select undef, undef, undef, 0.2;
    $uri eq '/hang' ? $c->reset : $c->close;
}

# a client that is slow to read

$c = $n->connect;
$c->send($c->message('GET', '/big'));
select undef, undef, undef, 0.5;
is(cards($c->response->{body}), 2, 'a slow client');
$c->close;

# one connection

$c = $n->connect;
$c->send(join '', map { $c->message('GET', $_, keepalive => 1) }
                  '/', '/none', '/chunked');
is(cards($c->response->{body}), 4, 'pipelined: 1');
is($c->response->{body}, $site{'/none'}[2], 'pipelined: 2');
is(cards($c->response->{body}), 4, 'pipelined: 3');
$c->close;

# what came is sent while a card is waited for

$o->set('/first' => [200, undef, 'x' x 5000 . page(a('/slow'))]);
$c = $n->connect;
$c->send($c->message('GET', '/first'));
$start = time;
ok(defined $c->take(qr/.*?x{5000}/s, time + 5) && time - $start < 0.25,
   'what is before a card does not wait');
$c->close;

# HTTP/2

my $h2 = nginx(<<"EOF");
server {
    listen 127.0.0.1:%%PORT%% http2;
    @{[allow($targets)]}
    urlmeta_inline /card timeout=500ms;
    location = /card { internal; urlmeta \$arg_url; urlmeta_format fragment; }
    location / { proxy_pass http://@{[$o->address]}; }
}
EOF

SKIP: {
    for (['/', 4], ['/big-chunked', 2], ['/hang', 2], ['/parallel', 8]) {
        my ($uri, $count) = @$_;
        my ($code, $out) = run(20, 'curl', '-s', '--http2-prior-knowledge',
                               'http://' . $h2->address . $uri);
        skip 'no curl with HTTP/2', 1 if $code != 0;
        is(cards($out), $count, "HTTP/2: $uri");
    }
}

# configuration

for (['/card', 1], ['off', 1], ['/card max=5 timeout=1s', 1], ['on', 0],
     ['/card max=0', 0], ['/card max=x', 0], ['/card timeout=0', 0],
     ['/card x=y', 0], ['off max=1', 0], ['', 0])
{
    my ($value, $good) = @$_;
    my ($code) = conf_test("location / { urlmeta_inline $value; }");
    ok($good ? $code : !$code, "\"$value\" is "
                               . ($good ? 'taken' : 'refused'));
}

SKIP: {
    my $why = UrlMeta::Tree::missing();
    skip $why, 1 if $why;

    my @small = grep { length $_->[0] < 1_000_000 } @pairs;
    my @found = UrlMeta::Tree::compare('inline', @small);
    my @other = grep { !$found[$_]{same} } 0 .. $#found;
    is(scalar @other, 0, @small . ' pages: the same trees but for the cards')
        or diag(join "\n", map { defined $_ ? $_ : '' }
                           @{$found[$other[0]]{first}});
}

done_testing();
