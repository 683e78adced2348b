#!/usr/bin/perl

# "urlmeta_filter tap": a page goes its way, and is read as it passes.

use lib 't/lib';
use UrlMeta::Test;

use IO::Compress::Gzip qw(gzip);
use JSON::PP ();
use Time::HiRes qw(time);

chdir project_root();

my @names = qw(title description image site_name author published language
               canonical_url type);

my $html = '<!doctype html><html lang="en"><head><title>Page</title>'
           . '<meta property="og:image" content="/i.png">'
           . '<meta name="author" content="Ann">'
           . '<meta name="description" content="About it."></head>'
           . '<body><p>Text</p></body></html>';

my $type = 'text/html; charset=utf-8';
my $long = $html . '<p>Some words of text.</p>' x 150_000;
my $cut = "HTTP/1.1 200 OK\r\nContent-Type: $type\r\n"
          . "Content-Length: 100000\r\n\r\n";

# without the time, so that all answers are the same
gzip(\$html, \my $gzip, -Minimal => 1) or die 'gzip';

my %answer = (
    '/page' => [200, {'Content-Type' => $type, 'ETag' => '"page"',
                      'Cache-Control' => 'max-age=600'}, $html],
    '/chunked' => [200, $type, [split /(?<=>)/, $html]],
    '/gzip' => [200, {'Content-Type' => $type, 'Content-Encoding' => 'gzip'},
                $gzip],
    '/br' => [200, {'Content-Type' => $type, 'Content-Encoding' => 'br'},
              'xxxx'],
    '/bad-gzip' => [200, {'Content-Type' => $type,
                          'Content-Encoding' => 'gzip'}, 'xxxx'],
    '/long' => [200, $type, $long],
    '/cut' => \"$cut$html",
    '/empty' => [200, $type, ''],
    '/404' => [404, $type, $html],
    '/text' => [200, 'text/plain', $html],
    '/206' => [206, {'Content-Type' => $type,
                     'Content-Range' => 'bytes 0-9/100'}, '<title>Not'],
    '/drip' => [200, $type, [$html, 'x' x 100], {chunk_delay => 0.8}],
    '*' => [200, $type, $html],
);

my $o = origin(%answer);

my $d = temp_dir('files');
mkdir "$d/static";
write_file("$d/static/index.html", $html);
write_file("$d/static/long.html", $long);
write_file("$d/part.html", '<title>Part</title>');
write_file("$d/ssi.html", '<title>Whole</title>'
                          . '<p><!--# include virtual="/part.html" --></p>');

# the corpus

my $corpus = shared_path('corpus');
my @pages = $corpus ? glob("$corpus/dev/*/page.html") : ();
my $step = @pages > 100 ? int(@pages / 100) : 1;
@pages = @pages[grep { $_ % $step == 0 } 0 .. $#pages];
splice @pages, 100;

my $format = join ',', map { qq("$_":"\$urlmeta_$_") } @names;
my $up = 'proxy_pass http://' . $o->address . ';';

my $n = nginx(<<"EOF", http => <<"EOH", connections => 512);
    urlmeta_cache cards;
    urlmeta_filter tap;
    access_log %%TESTDIR%%/tap.log tap;

    location / { $up }

    location /unbuffered/ {
        proxy_pass http://@{[$o->address]}/;
        proxy_buffering off;
    }

    location = /card {
        urlmeta http://localhost\$arg_path;
        urlmeta_local on;
        urlmeta_format \$arg_format;
    }

    location = /return { default_type text/html; return 200 '$html'; }

    location /static { root $d; sendfile on; types { text/html html; } }
    location /nosendfile/ {
        alias $d/static/;
        sendfile off;
        types { text/html html; }
    }
    location /compressed {
        alias $d/static;
        gzip on;
        types { text/html html; }
    }
    location /directio/ {
        alias $d/static/;
        directio 1;
        types { text/html html; }
    }
    location /ssi.html { root $d; ssi on; types { text/html html; } }
    location /part.html { root $d; types { text/html html; } }

    location /fallback/ {
        proxy_pass http://@{[$o->address]}/404;
        proxy_intercept_errors on;
        error_page 404 =200 /page;
    }

    location /corpus/ {
        alias @{[$corpus ? "$corpus/dev/" : "$d/"]};
        types { text/html html; }
        urlmeta_scan full;
    }

    location /corpus-proxied/ {
        proxy_pass http://127.0.0.1:%%PORT%%/corpus/;
        urlmeta_filter tap url=http://localhost\$arg_page;
        urlmeta_scan full;
    }
EOF
    log_format tap escape=json '{"uri":"\$request_uri",$format}';
EOH


# What the log says of the last request for an address.

sub logged {
    my ($uri) = @_;

    my $found = wait_for(sub {
        my ($line) = grep { /^\{"uri":"\Q$uri\E"/ }
                     reverse split /\n/, read_file(temp_dir() . '/tap.log');
        return $line;
    }, 5) or return {};

    return JSON::PP->new->utf8->decode($found);
}


# the page is what it was, and its card is known

my %good = map { $_ => $answer{"/$_"}[2] } qw(page gzip long);
$good{chunked} = $html;

for my $name (sort keys %good) {
    for my $prefix ('', '/unbuffered') {
        my $r = $n->get("$prefix/$name");
        my $direct = get($o->url("/$name"));
        is($r->{code}, 200, "$prefix/$name: status");
        ok($r->{body} eq $direct->{body}, "$prefix/$name: byte for byte");
        my $log = logged("$prefix/$name");
        is($log->{title}, 'Page', "$prefix/$name: title");
        is($log->{image}, 'http://localhost/i.png', "$prefix/$name: image");
        is($log->{author}, 'Ann', "$prefix/$name: author");
        is($log->{type}, 'website', "$prefix/$name: type");
    }
}

my $r = $n->get('/page');
is($r->{header}{etag}, '"page"', 'its header, too');
is($r->{header}{'cache-control'}, 'max-age=600', 'Cache-Control');

for my $uri ('/return', '/static/index.html', '/static/', '/static/long.html',
             '/nosendfile/long.html', '/compressed/long.html', '/ssi.html')
{
    $r = $n->get($uri);
    is($r->{code}, 200, "$uri: status");
    ok($r->{body} eq ($uri =~ /long/ ? $long : $uri =~ /ssi/
                      ? '<title>Whole</title><p><title>Part</title></p>'
                      : $html), "$uri: byte for byte");
    is(logged($uri)->{title}, $uri =~ /ssi/ ? 'Whole' : 'Page',
       "$uri: title");
}

$r = $n->get('/compressed/long.html', headers => {'Accept-Encoding' => 'gzip'});
is($r->{header}{'content-encoding'}, 'gzip', 'compressed');
is(logged('/compressed/long.html')->{title}, 'Page', 'compressed: title');

is($n->get('/fallback/x')->{body}, $html, 'error_page');
is(logged('/fallback/x')->{title}, 'Page', 'error_page: title');

# what is not read

for (['/br', 200], ['/bad-gzip', 200], ['/empty', 200], ['/404', 404],
     ['/text', 200], ['/206', 206])
{
    my ($uri, $code) = @$_;
    $r = $n->get($uri);
    my $direct = get($o->url($uri));
    is($r->{code}, $code, "$uri: status");
    is($r->{body}, $direct->{body}, "$uri: byte for byte");
    my $title = logged($uri)->{title};
    ok($title eq '' || $uri eq '/empty', "$uri: no title");
}

$n->get('/br?2');
is(scalar(my @w = $n->logged(qr/\[warn\].*"Content-Encoding: br"/)), 1,
   'one warning');

$r = $n->get('/directio/long.html');
ok($r->{body} eq $long, 'directio: byte for byte');

$r = $n->head('/page');
is($r->{header}{'content-length'}, length $html, 'HEAD');
$r = $n->get('/page', headers => {'If-None-Match' => '"page"'});
is($r->{body}, $html, 'a condition that the origin does not know');
$r = $n->get('/static/index.html?range', headers => {Range => 'bytes=10-19'});
is($r->{code}, 206, 'a range');
is($r->{body}, substr($html, 10, 10), 'a range: the bytes');
is(logged('/static/index.html?range')->{title}, '', 'a range: no title');
$r = $n->get('/static/index.html?ims',
             headers => {'If-Modified-Since' =>
                         'Fri, 01 Jan 2100 00:00:00 GMT'});
ok($r->{code} == 200 || $r->{code} == 304, 'If-Modified-Since');
$r = $n->get('/static/index.html?304',
             headers => {'If-None-Match' => $n->get('/static/')
                                              ->{header}{etag}});
is($r->{code}, 304, 'If-None-Match');

# what did not change is not read again, and what did is

$n->get('/static/index.html?known') for 1 .. 2;
is(logged('/static/index.html?known')->{title}, 'Page', 'known');
write_file("$d/static/changed.html", $html);
$n->get('/static/changed.html?1');
is(logged('/static/changed.html?1')->{title}, 'Page', 'a page');
write_file("$d/static/changed.html", $html =~ s/>Page</>Other page</r);
$n->get('/static/changed.html?1');
ok(wait_for(sub { logged('/static/changed.html?1')->{title} eq 'Other page' },
            5), 'another one in its place');

is(logged('/static/index.html?304')->{title}, '', 'a 304: no title');

my $c = $n->connect;
$c->send($c->message('GET', '/cut'));
$r = $c->response;
is($r->{body}, $html, 'cut off: as it came');
is($r->{error}, 'incomplete', 'cut off: without an end');
$c->close;

# nothing is held up

$c = $n->connect;
my $begin = time;
$c->send($c->message('GET', '/drip'));
ok(wait_for(sub { $c->fill(time + 0.05); $c->{buffer} =~ /<\/html>/ }, 5),
   'the first piece comes');
ok(time - $begin < seconds(0.7), 'before the second one');
$c->close;

# the card is there

my $asked = $o->count('/page');
$r = $n->get('/card?path=/page');
is($r->json->{title}, 'Page', 'the card');
is($o->count('/page'), $asked, 'is there already');
is(logged('/card?path=/page')->{title}, 'Page', 'a hit has values');
$n->get('/card?path=/page&format=html') for 1 .. 2;
is(logged('/card?path=/page&format=html')->{title}, 'Page',
   'in other formats too');
$n->get('/of-user', headers => {Cookie => 'a=b'});
is(logged('/of-user')->{title}, 'Page', "a user's page has values");
$r = $n->get('/card?path=/of-user');
is($o->count('/of-user'), 2, 'and no card');

# keep-alive, pipelining

$c = $n->connect;
is($c->get('/page')->{body}, $html, "keep-alive: $_") for 1 .. 3;
$c->send(join '', map { $c->message('GET', "/p$_", keepalive => 1) } 1 .. 3);
is($c->response->{body}, $html, "pipelining: $_") for 1 .. 3;
$c->close;

# the corpus: byte for byte, and what the command line says

SKIP: {
    skip 'no corpus', 1 if !@pages;

    delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};
    my ($code, $output) = run(300, 'make', '-s', 'urlmeta');
    is($code, 0, 'the command line is built') or diag($output);

    my ($same, $equal, @bad) = (0, 0);

    for my $file (@pages) {
        my ($name) = $file =~ m{([^/]+)/page\.html$};

        for my $location ('corpus', 'corpus-proxied') {
            my $uri = "/$location/$name/page.html"
                      . "?page=/corpus/$name/page.html";
            my $r = $n->get($uri);
            my $bytes = read_file($file);

            if ($r->{body} eq $bytes) {
                $same++;

            } else {
                push @bad, "$uri: other bytes";
            }

            my ($status, $json) =
                run(30, 'build/urlmeta', '--url',
                    'http://localhost/corpus/'
                    . ($location eq 'corpus' ? substr($uri, 8)
                                             : "$name/page.html"),
                    '--content-type', 'text/html', '--policy', $file);
            my $card = eval { JSON::PP->new->utf8->decode($json) } || {};
            my $log = logged($uri);
            my @other;

            for (@names) {
                my $value = $card->{$_};
                $value = $value->{$_ eq 'image' ? 'url' : 'name'}
                    if ref $value;
                $value = '' if !defined $value;
                push @other, "$_: \"$log->{$_}\", not \"$value\""
                    if $log->{$_} ne $value;
            }

            if (!@other) {
                $equal++;

            } else {
                push @bad, "$uri: @other";
            }
        }
    }

    is($same, 2 * @pages, @pages . ' pages of the corpus, byte for byte');
    is($equal, 2 * @pages, 'with the values of the command line')
        or diag(map { utf8::encode($_); "$_\n" } @bad);
}

is(scalar(@w = $n->logged(qr/\[alert\]/)), 0, 'no alert');

done_testing();
