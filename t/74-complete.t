#!/usr/bin/perl

# urlmeta_complete: what is put into pages, where, and what is left alone.

use lib 't/lib';
use UrlMeta::Test;
use UrlMeta::Tree;

use Time::HiRes qw(time);

my $page = "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
           . "<title>A \"page\" &lt;of&gt; tests</title>\n"
           . "<meta name=description content='About &amp; around'>\n"
           . "<link rel=image_src href=/i.png>\n"
           . "</head>\n<body>\n<p>The text.</p>\n</body>\n</html>\n";
my $at = index $page, '</head>';

my $big = $page;
$big =~ s{<p>}{'<p>' . 'The text goes on. ' x 170_000}e;

# a client's answers, and where they are expected to have something added
my %site = (
    '/' => [200, undef, $page],
    '/chunked' => [200, undef, [$page =~ /.{1,17}/gs]],
    '/close' => [200, undef, $page, {until_close => 1}],
    '/big' => [200, undef, $big],
    '/big-chunked' => [200, undef, [$big =~ /.{1,50000}/gs]],
    '/empty' => [200, undef, ''],
    '/404' => [404, undef, $page],
    '/500' => [500, undef, $page],
    '/206' => [206, ['Content-Type' => 'text/html',
                     'Content-Range' => 'bytes 0-' . (length($page) - 1) . '/'
                                        . 2 * length $page], $page],
    '/gzip' => [200, undef, $page, {gzip => 1}],
    '/text' => [200, 'text/plain', $page],
    '/xhtml' => [200, 'application/xhtml+xml', $page],
    '/etag' => [200, ['Content-Type' => 'text/html', ETag => '"one"',
                      'Accept-Ranges' => 'bytes',
                      'Last-Modified' => 'Thu, 01 Jan 2026 00:00:00 GMT'],
                $page],
    '/cut' => [200, ['Content-Type' => 'text/html',
                     'Content-Length' => length($page) + 100], $page,
               {close => 1}],
    '/cut-in-head' => [200, ['Content-Type' => 'text/html',
                             'Content-Length' => length($page)],
                       substr($page, 0, $at - 20), {close => 1}],
    '/fragment' => [200, undef, '<div>a piece</div>'],
    '/include' => [200, undef, $page =~ s/<title>/<!--# echo var=x -->$&/r],
    '/link' => [200, ['Content-Type' => 'text/html', Link => '</a>; rel=next',
                      Link => '<https://c.example/>; rel="canonical"'], $page],
    '/slow' => [200, undef, [substr($page, 0, $at - 1),
                             substr $page, $at - 1], {chunk_delay => 3}],
    '/hang' => [200, undef, [substr($page, 0, $at), ' '], {hang => 1}],
    '/utf16' => [200, 'text/html; charset=utf-16le',
                 join '', map { "$_\0" } split //, $page],
);

# cut at every byte around the place
my @cuts = $at - 12 .. $at + 9;

for my $cut (@cuts) {
    $site{"/at/$cut"} = [200, undef, [substr($page, 0, $cut),
                                      substr $page, $cut],
                         {chunk_delay => 0.01}];
}

my $o = origin(%site);
my $dir = temp_dir('site');
write_file("$dir/page.html", $page);
write_file("$dir/big.html", $big);
write_file("$dir/head.html", '<head><title>a part</title></head>');
write_file("$dir/whole.html", "<!doctype html><head><title>Whole</title></head>"
                              . '<body><!--# include virtual="/file/head.html"'
                              . ' --></body>');

my $n = nginx(<<"EOF");
    urlmeta_complete on;
    gzip_proxied any;
    gzip_min_length 1;

    location / { proxy_pass http://@{[$o->address]}; }
    location /off/ {
        urlmeta_complete off;
        proxy_pass http://@{[$o->address]}/;
    }
    location /unbuffered/ {
        proxy_buffering off;
        proxy_pass http://@{[$o->address]}/;
    }
    location /gzipped/ { gzip on; proxy_pass http://@{[$o->address]}/; }
    location /gunzip/ { gunzip on; proxy_pass http://@{[$o->address]}/; }
    location /url/ {
        urlmeta_complete on url=https://www.example.com/x?a=\$arg_a;
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
        error_page 500 =200 /file/page.html;
        proxy_pass http://@{[$o->address]}/;
    }
    location /sub/ {
        sub_filter '<p>' '<p class=a>';
        proxy_pass http://@{[$o->address]}/;
    }
    location /card { urlmeta \$arg_url; urlmeta_format html; @{[allow($o)]} }
EOF

my $host = 'http://localhost';

sub added {
    my ($uri, $url) = @_;
    $url = "$host$uri" if !defined $url;

    return '<meta property="og:title" content="A &quot;page&quot; &lt;of&gt; '
           . 'tests"><meta property="og:description" content="About &amp; '
           . 'around"><meta property="og:image" content="'
           . ($url =~ m{^(https?://[^/]+)})[0] . '/i.png"><meta '
           . "name=\"twitter:card\" content=\"summary\"><meta "
           . "property=\"og:url\" content=\"$url\"><link rel=\"canonical\" "
           . "href=\"$url\">";
}

sub completed {
    my ($uri, $text, $url) = @_;
    my $result = defined $text ? $text : $page;
    substr $result, index($result, '</head>'), 0, added($uri, $url);
    return $result;
}

my @pairs;

sub grows {
    my ($uri, $what, %option) = @_;
    my $before = delete $option{page};
    my $url = delete $option{url};
    my $r = $n->get($uri, %option);
    $before = $page if !defined $before;

    ok($r->{code} == 200 && !$r->{error}
       && $r->{body} eq completed($uri, $before, $url), $what)
        or diag("$r->{code} " . ($r->{error} || '') . " "
                . substr $r->{body}, 0, 2000);
    push @pairs, [$before, $r->{body}];
    return $r;
}

sub stays {
    my ($uri, $code, $what, $body) = @_;
    my $r = $n->get($uri);
    $body = $site{$uri}[2] if !defined $body;
    is($r->{code}, $code, "$what: status");
    ok($r->{body} eq $body, "$what: as it was")
        or diag(substr $r->{body}, 0, 500);
    return $r;
}


# ways that a page takes

my $r = grows('/', 'Content-Length');
ok(!exists $r->{header}{'content-length'}, 'is gone');
grows('/chunked', 'chunked');
grows('/close', 'to the end of the connection');
grows('/big', '3 MB', page => $big);
grows('/big-chunked', '3 MB, chunked', page => $big);
grows('/unbuffered/chunked', 'not buffered');
grows('/unbuffered/big', '3 MB, not buffered', page => $big);
grows('/file/page.html', 'a file');
grows('/sendfile/big.html', 'a large file', page => $big);
grows('/gunzip/gzip', 'gzip, and gunzip on');
grows('/moved', 'an internal redirect');
grows('/?a=%22%3E&b=<', 'arguments',
      url => "$host/?a=%22%3E&amp;b=%3C");
grows('/url/?a=1', 'an address of its own',
      url => 'https://www.example.com/x?a=1');
grows('/', 'HTTP/1.0', version => '1.0');
grows('/error/500', 'an error page that is none');

for my $cut (@cuts) {
    grows("/at/$cut", "cut at $cut");
    grows("/unbuffered/at/$cut", "cut at $cut, not buffered");
}

$r = $n->get('/sub/');
ok($r->{body} eq completed('/sub/') =~ s/<p>/<p class=a>/r, 'with sub_filter');

$r = $n->get('/link');
like($r->{body}, qr/og:url/, 'a Link header');
unlike($r->{body}, qr/rel="canonical"/, 'has the canonical address');

$r = $n->get('/gzipped/', headers => {'Accept-Encoding' => 'gzip'});
is($r->{header}{'content-encoding'}, 'gzip', 'gzip to the client');
{
    require IO::Uncompress::Gunzip;
    my $plain;
    IO::Uncompress::Gunzip::gunzip(\$r->{body}, \$plain);
    ok($plain eq completed('/gzipped/'), 'of the page that is whole');
}

# what stays as it is

stays('/empty', 200, 'an empty body');
stays('/404', 404, '404');
stays('/500', 500, '500');
stays('/206', 206, '206');
stays('/text', 200, 'text');
stays('/xhtml', 200, 'XHTML');
stays('/fragment', 200, 'a piece of a page');
stays('/include', 200, 'a page with an include');
stays('/utf16', 200, 'UTF-16');
stays('/off/', 200, 'off', $page);
stays('/error/404', 404, 'an error page', $page);

$r = $n->get('/gzip');
is($r->{header}{'content-encoding'}, 'gzip', 'gzip from the upstream');
is($r->{header}{'content-length'}, length $r->{body}, 'goes on as it is');
$n->get('/gzip') for 1 .. 3;
my @warned = $n->error_log =~ /\[warn\].*urlmeta_complete leaves pages with/g;
is(scalar @warned, 1, 'with one warning');

$r = $n->get('/card?url=' . url_encode($o->url('/')));
like($r->{body}, qr/urlmeta-card/, 'a card');
unlike($r->{body}, qr/og:title/, 'is no page to be completed');

# a subrequest is a part of a page

$r = $n->get('/file/whole.html');
is(() = $r->{body} =~ /og:title/g, 1, 'an include is left alone');
like($r->{body}, qr{<body><head><title>a part</title></head></body>},
     'and is whole');

# headers

$r = $n->get('/etag');
is($r->{header}{etag}, 'W/"one"', 'ETag is weak');
is($r->{header}{'last-modified'}, 'Thu, 01 Jan 2026 00:00:00 GMT',
   'Last-Modified stays');
ok(!exists $r->{header}{'accept-ranges'}, 'no ranges');

my $h = $n->head('/etag');
is($h->{code}, 200, 'HEAD');
is($h->{body}, '', 'has no body');
is($h->{header}{etag}, 'W/"one"', 'the same ETag');
ok(!exists $h->{header}{'content-length'}, 'and no length');

$r = $n->get('/sendfile/page.html');
my $etag = $r->{header}{etag};
like($etag, qr/^W\//, 'of a file too');
$r = $n->get('/sendfile/page.html', headers => {'If-None-Match' => $etag});
is($r->{code}, 304, 'is one to be asked with');
$r = $n->get('/sendfile/page.html', headers => {Range => 'bytes=0-9'});
is($r->{code}, 200, 'a range is not taken');
is($r->{body}, completed('/sendfile/page.html'), 'but the whole page');

# pages that break off

$r = $n->get('/cut');
ok($r->{error}, 'a page that is cut off is cut off');
is($r->{body}, completed('/cut'), 'and whole up to there');
$r = $n->get('/cut-in-head');
ok($r->{error}, 'in its head');
unlike($r->{body}, qr/og:title/, 'nothing is added');

# bytes are not held

my $c = $n->connect;
$c->send($c->message('GET', '/unbuffered/slow'));
my $head = $c->take(qr/.*<link rel=image/s, time + 10);
my $then = time;
$r = $c->read_all(10);
ok(defined $head && time - $then > 0.3, 'what comes goes out')
    or diag(time - $then);
like($r, qr/og:title.*<\/html>/s, 'and then the rest');
$c->close;

# a client that leaves

for my $uri ('/unbuffered/slow', '/slow', '/unbuffered/hang', '/hang') {
    my $c = $n->connect;
    $c->send($c->message('GET', $uri));
    select undef, undef, undef, 0.3;
    $c->close;
}

# one connection

$c = $n->connect;
$c->send(join '', map { $c->message('GET', $_, keepalive => 1) }
                  '/', '/fragment', '/chunked');
is($c->response->{body}, completed('/'), 'pipelined: 1');
is($c->response->{body}, '<div>a piece</div>', 'pipelined: 2');
is($c->response->{body}, completed('/chunked'), 'pipelined: 3');
is($c->get('/file/page.html')->{body}, completed('/file/page.html'),
   'keep-alive');
$c->close;

# HTTP/2

my $h2 = nginx(<<"EOF");
server {
    listen 127.0.0.1:%%PORT%% http2;
    urlmeta_complete on;
    location / { proxy_pass http://@{[$o->address]}; }
}
EOF

SKIP: {
    for my $uri ('/', '/big-chunked') {
        my ($code, $out) = run(20, 'curl', '-s', '--http2-prior-knowledge',
                               'http://' . $h2->address . $uri);
        skip 'no curl with HTTP/2', 1 if $code != 0;
        my $before = $uri eq '/' ? $page : $big;
        my $expected = $before;
        my $text = added($uri, 'http://' . $h2->address . $uri);
        substr $expected, index($expected, '</head>'), 0, $text;
        ok($out eq $expected, "HTTP/2: $uri");
    }
}

# hostile values

my $evil = '"><script>alert(1)</script></head>--><!--&quot;&#0;\'';
my $h3 = origin('*' => [200, undef, '<head><title>' . $evil . '</title>'
                        . '<meta name=description content=\'' . $evil =~ s/'//r
                        . "'></head><body>x"]);
my $n3 = nginx(<<"EOF");
    urlmeta_complete on;
    location / { proxy_pass http://@{[$h3->address]}; }
EOF

$r = $n3->get('/"><script>x</script>?"><b>',
              headers => {Host => 'a.example'});
my ($text) = $r->{body} =~ m{(<meta property="og:title.*)</head>}s;
ok(defined $text, 'hostile values');
$text =~ s{<(?:meta\ property|meta\ name|link\ rel)="[\w:]+"
            [ ](?:content|href)="[^"<>]*">}{}gx if defined $text;
is($text, '', 'are values') or diag($r->{body});
push @pairs, [$n3->get('/') && ('<head><title>' . $evil . '</title>'
                        . '<meta name=description content=\'' . $evil =~ s/'//r
                        . "'></head><body>x"), $n3->get('/')->{body}];

# configuration

for (['on', 1], ['off', 1], ['on url=$scheme://a', 1], ['yes', 0],
     ['on url=', 0], ['on x=y', 0], ['off url=x', 0], ['', 0])
{
    my ($value, $good) = @$_;
    my ($code) = conf_test("location / { urlmeta_complete $value; }");
    ok($good ? $code : !$code, "\"$value\" is "
                               . ($good ? 'taken' : 'refused'));
}

# a browser's tree, and the corpus

SKIP: {
    my $why = UrlMeta::Tree::missing();
    skip $why, 1 if $why;

    my @found = UrlMeta::Tree::compare('complete', @pairs);
    my @other = grep { !$found[$_]{same} } 0 .. $#found;
    is("@other", '', @pairs . ' pages: the same trees but for what was added')
        or diag(join ' / ', map { defined $_ ? $_ : '' }
                            @{$found[$other[0]]{first}});
    is((grep { $_->[2] ne 'head' } map { @{$_->{added}} } @found), 0,
       'all of it is in the head');
}

my $corpus = shared_path('corpus');

SKIP: {
    skip 'no corpus', 1 if !$corpus || !-d "$corpus/dev";

    my @names = map { m{([^/]+)/page\.html$} ? $1 : () }
                glob "$corpus/dev/*/page.html";
    my $pages = nginx(<<"EOF");
    location / {
        alias $corpus/dev/;
        default_type text/html;
        types { }
    }
    location /complete/ {
        alias $corpus/dev/;
        default_type text/html;
        types { }
        urlmeta_complete on;
    }
EOF

    my (@before, @after, @twice);
    my $more = 0;

    for my $name (@names) {
        my $before = $pages->get("/$name/page.html")->{body};
        my $after = $pages->get("/complete/$name/page.html")->{body};
        push @before, $before;
        push @after, $after;
        $more++ if $before ne $after;
    }

    cmp_ok($more, '>=', 10, "$more of " . @names . ' corpus pages are changed');

    my $why = UrlMeta::Tree::missing();
    skip $why, 1 if $why;

    my @found = UrlMeta::Tree::compare('complete',
                    map { [$before[$_], $after[$_]] } 0 .. $#names);
    my @other = grep { !$found[$_]{same} } 0 .. $#names;
    is(scalar @other, 0, 'the same trees but for what was added')
        or diag(join "\n", map { my $f = $found[$_]{first};
                                 "$names[$_]: " . join ' / ',
                                 map { defined $_ ? $_ : '' } @$f } @other);

    for my $i (0 .. $#names) {
        my %times;
        $times{$_->[0]}++ for @{$found[$i]{added}};
        push @twice, "$names[$i]: $_"
            for grep { $times{$_} > 1 || $found[$i]{had}{$_} } keys %times;
    }

    is("@twice", '', 'and nothing was there before');
}

done_testing();
