#!/usr/bin/perl

# Each mode with each kind of answer, request and way through nginx: one cell
# each, printed as a grid.  A cell that no test filled is a failure.

use lib 't/lib';
use UrlMeta::Test;

use IO::Compress::Gzip qw(gzip);
use JSON::PP ();
use Time::HiRes qw(time);

my $html = '<!doctype html><html lang="en"><head><title>Page</title>'
           . '<meta property="og:image" content="/i.png">'
           . '<meta name="description" content="About it."></head>'
           . '<body><p>Text</p></body></html>';

my $type = 'text/html; charset=utf-8';
my $long = $html . '<p>Some words of text.</p>' x 130_000;
my $cut = "HTTP/1.1 200 OK\r\nContent-Type: $type\r\n"
          . "Content-Length: 100000\r\n\r\n$html";

# without the time, so that all answers are the same
gzip(\$html, \my $gzip, -Minimal => 1) or die 'gzip';

my $o = origin(
    '/length' => [200, $type, $html],
    '/chunked' => [200, $type, [split /(?<=>)/, $html]],
    '/gzip' => [200, {'Content-Type' => $type, 'Content-Encoding' => 'gzip'},
                $gzip],
    '/304' => [304, {ETag => '"x"'}, ''],
    '/206' => [206, {'Content-Type' => $type,
                     'Content-Range' => 'bytes 0-9/100'}, '<title>Not'],
    '/404' => [404, $type, $html],
    '/500' => [500, $type, $html],
    '/empty' => [200, $type, ''],
    '/long' => [200, $type, $long],
    '/cut' => \$cut,
    '/slow' => [200, $type, [$html, 'x' x 100], {delay => 0.4,
                                                 chunk_delay => 0.4}],
    '/abort' => [200, $type, [('x' x 20_000) x 20], {delay => 0.3,
                                                     chunk_delay => 0.1}],
    '*' => [200, $type, $html],
);

my $d = temp_dir('files');

my @modes = qw(off card tap local discovery);

my %directive = (
    off => '',
    card => 'urlmeta_filter card;',
    tap => 'urlmeta_filter tap;',
    discovery => 'urlmeta_discovery /oembed;',
    local => '',
);

# /MODE/PAGE; "local" asks for the pages of "off"

my $server = join '', map {
    my $mode = $_;
    my $ways = $mode eq 'local' ? '' : <<"EOF";
    location /$mode/ {
        $directive{$mode}
        proxy_pass http://@{[$o->address]}/;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }
    location /$mode/redirect/ {
        $directive{$mode}
        root $d;
        index /$mode/length;
        try_files /none /$mode/length;
    }
    location /$mode/error/ {
        $directive{$mode}
        proxy_pass http://@{[$o->address]}/404;
        proxy_intercept_errors on;
        error_page 404 =200 /$mode/length;
    }
    location /$mode/named/ {
        $directive{$mode}
        proxy_pass http://@{[$o->address]}/404;
        proxy_intercept_errors on;
        error_page 404 = \@page;
    }
EOF
    $ways;
} @modes;

$server .= <<"EOF";
    location \@page {
        set \$page /length;
        proxy_pass http://@{[$o->address]}\$page;
    }
    location /ssi/ {
        ssi on;
        default_type text/html;
        alias $d/;
    }
    location = /local { urlmeta \$arg_url; urlmeta_local on; }
EOF

my $n = nginx(<<"EOF", http => <<'EOH', connections => 512);
server {
    listen 127.0.0.1:%%PORT%%;
    server_name localhost;
    access_log %%TESTDIR%%/grid.log grid;
$server
}
server {
    listen 127.0.0.1:%%PORT_0%% http2;
    server_name localhost;
$server
}
EOF
    log_format grid escape=json '{"uri":"$request_uri",'
                                '"title":"$urlmeta_title"}';
EOH

write_file("$d/$_.html", qq(<p><!--# include virtual=")
                         . ($_ eq 'local' ? '/local?url=/off/length'
                                          : "/$_/length")
                         . qq(" --></p>)) for @modes;


sub uri {
    my ($mode, $page) = @_;
    return $mode eq 'local' ? "/local?url=/off/$page" : "/$mode/$page";
}


sub title {
    my ($uri) = @_;

    my $line = wait_for(sub {
        my ($found) = grep { /^\{"uri":"\Q$uri\E"/ }
                      reverse split /\n/, read_file(temp_dir() . '/grid.log');
        return $found;
    }, 5) or return undef;

    return JSON::PP->new->utf8->decode($line)->{title};
}


sub cards { return $_[0] eq 'card' || $_[0] eq 'local' }


# Whether an answer is right: a page as it was, or its card.

sub right {
    my ($mode, $r, $page, $body) = @_;

    $body = $html if !defined $body;

    if (cards($mode)) {
        return $r->{code} == 200 && $r->json && $r->json->{title} eq 'Page'
               && $r->{header}{'content-type'} =~ /^application\/json/;
    }

    return 0 if $r->{code} != 200 || $r->{body} ne $body;
    return 0 if $mode eq 'tap' && (title(uri($mode, $page)) || '') ne 'Page';
    return 0 if $mode eq 'discovery'
                && ($r->{header}{link} || '') !~ /json\+oembed/;
    return 1;
}


sub problem {
    my ($r, $code, $status) = @_;
    return $r->{code} == $status && $r->json && $r->json->{code} eq $code;
}


# The rows: what is asked, and whether it was right, for a mode.

my @rows = (
    ['Content-Length' => sub {
        my ($mode) = @_;
        return right($mode, $n->get(uri($mode, 'length')), 'length');
    }],

    ['chunked' => sub {
        my ($mode) = @_;
        return right($mode, $n->get(uri($mode, 'chunked')), 'chunked');
    }],

    ['gzip' => sub {
        my ($mode) = @_;
        return right($mode, $n->get(uri($mode, 'gzip')), 'gzip',
                     $gzip);
    }],

    ['HEAD' => sub {
        my ($mode) = @_;
        my $c = $n->connect;
        my $r = $c->request('HEAD', uri($mode, 'head'));
        my $next = $c->get(uri($mode, 'page'));
        $c->close;
        return $r->{code} == 200 && $r->{body} eq ''
               && $r->{header}{'content-length'} == length($next->{body})
               && right($mode, $next, 'page');
    }],

    ['304' => sub {
        my ($mode) = @_;
        my $r = $n->get(uri($mode, '304'),
                        headers => {'If-None-Match' => '"x"'});
        return problem($r, 'protocol_error', 502) if cards($mode);
        return $r->{code} == 304 && $r->{body} eq '';
    }],

    ['206' => sub {
        my ($mode) = @_;
        my $r = $n->get(uri($mode, '206'), headers => {Range => 'bytes=0-9'});
        return problem($r, 'protocol_error', 502) if cards($mode);
        return $r->{code} == 206 && $r->{body} eq '<title>Not'
               && !title(uri($mode, '206'));
    }],

    ['404' => sub {
        my ($mode) = @_;
        my $r = $n->get(uri($mode, '404'));
        return problem($r, 'upstream_status', 404) if cards($mode);
        return $r->{code} == 404 && $r->{body} eq $html
               && !title(uri($mode, '404'));
    }],

    ['500' => sub {
        my ($mode) = @_;
        my $r = $n->get(uri($mode, '500'));
        return problem($r, 'upstream_status', 502) if cards($mode);
        return $r->{code} == 500 && $r->{body} eq $html;
    }],

    ['empty body' => sub {
        my ($mode) = @_;
        my $r = $n->get(uri($mode, 'empty'));
        return $r->{code} == 200 && $r->json->{url} =~ /empty/
            if cards($mode);
        return $r->{code} == 200 && $r->{body} eq '';
    }],

    ['3 MB' => sub {
        my ($mode) = @_;
        return right($mode, $n->get(uri($mode, 'long')), 'long', $long);
    }],

    ['cut off' => sub {
        my ($mode) = @_;
        my $r = $n->get(uri($mode, 'cut'));
        return right($mode, $r, 'cut') if cards($mode);
        return $r->{body} eq $html && ($r->{error} || '') eq 'incomplete';
    }],

    ['slow' => sub {
        my ($mode) = @_;
        my $r = $n->get(uri($mode, 'slow'));
        return right($mode, $r, 'slow', $html . 'x' x 100);
    }],

    ['client abort' => sub {
        my ($mode) = @_;
        for my $wait (0.1, 0.45) {
            my $c = $n->connect;
            $c->send($c->message('GET', uri($mode, 'abort')));
            select undef, undef, undef, $wait;
            $wait > 0.2 ? $c->reset : $c->close;
        }
        return right($mode, $n->get(uri($mode, 'after-abort')),
                     'after-abort');
    }],

    ['keep-alive' => sub {
        my ($mode) = @_;
        my $c = $n->connect;
        for my $page (qw(length chunked 404 empty length)) {
            my $r = $c->get(uri($mode, $page));
            return 0 if !$r->{code} || $r->{error};
            return 0 if $page eq 'length' && !right($mode, $r, $page);
        }
        $c->close;
        return 1;
    }],

    ['pipelining' => sub {
        my ($mode) = @_;
        my $c = $n->connect;
        my @pages = qw(length chunked p1 p2);
        $c->send(join '', map { $c->message('GET', uri($mode, $_),
                                            keepalive => 1) } @pages);
        for my $page (@pages) {
            return 0 if !right($mode, $c->response, $page);
        }
        $c->close;
        return 1;
    }],

    ['HTTP/2' => sub {
        my ($mode) = @_;
        for my $page (qw(length chunked long)) {
            my ($status, $out) =
                run(20, 'curl', '-s', '--http2-prior-knowledge',
                    '-H', 'Host: localhost', '-w',
                    '%{http_version} %{http_code}',
                    'http://127.0.0.1:' . $n->port(0) . uri($mode, $page));
            return 0 if $status != 0 || $out !~ s/2 200$//;
            return 0 if cards($mode) ? $out !~ /"title":"Page"/
                      : $out ne ($page eq 'long' ? $long : $html);
        }
        my $head = (run(20, 'curl', '-sI', '--http2-prior-knowledge',
                        '-H', 'Host: localhost', '--max-time', 5,
                        'http://127.0.0.1:' . $n->port(0)
                        . uri($mode, 'length')))[1];
        return $head =~ /^HTTP\/2 200/;
    }],

    ['subrequest' => sub {
        my ($mode) = @_;
        my $r = $n->get("/ssi/$mode.html");
        return $r->{body} =~ /^<p>\{.*"title":"Page".*\}<\/p>$/s
            if cards($mode);
        return $r->{body} eq "<p>$html</p>";
    }],

    ['internal redirect' => sub {
        my ($mode) = @_;
        return right($mode, $n->get(uri($mode, 'redirect/')), 'redirect/')
               && right($mode, $n->get(uri($mode, 'redirect/x')),
                        'redirect/x');
    }],

    ['error_page' => sub {
        my ($mode) = @_;
        return right($mode, $n->get(uri($mode, 'error/x')), 'error/x')
               && right($mode, $n->get(uri($mode, 'named/x')), 'named/x');
    }],
);

my %cell;

for my $row (@rows) {
    my ($name, $test) = @$row;

    for my $mode (@modes) {
        my $good = eval { $test->($mode) };
        diag("$mode, $name: $@") if $@;
        $cell{$name}{$mode} = $good ? 'ok' : 'NOT OK';
        ok($good, "$mode: $name");
    }
}

my $line = sprintf '%-18s' . '%-11s' x @modes, '', @modes;
note($line =~ s/ +$//r);

my @wanted = (
    'Content-Length', 'chunked', 'gzip', 'HEAD', '304', '206', '404', '500',
    'empty body', '3 MB', 'cut off', 'slow', 'client abort', 'keep-alive',
    'pipelining', 'HTTP/2', 'subrequest', 'internal redirect', 'error_page',
);

my $empty = 0;

for my $name (@wanted) {
    my @cells = map { $cell{$name}{$_} || 'EMPTY' } @modes;
    $empty += grep { $_ eq 'EMPTY' } @cells;
    note(sprintf('%-18s' . '%-11s' x @modes, $name, @cells) =~ s/ +$//r);
}

is($empty, 0, 'no cell is empty');
is(scalar(my @w = $n->logged(qr/\[alert\]/)), 0, 'no alert');

done_testing();
