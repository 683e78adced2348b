#!/usr/bin/perl

# Servers that mean harm, or are broken: each row of
# ../shared/security/hostile-servers.md, all of them against one worker, whose
# memory, files, event loop and hits are looked at meanwhile.

use lib 't/lib';
use UrlMeta::Test;
use UrlMeta::Hostile;

use Compress::Zlib ();
use IO::Socket::INET;
use JSON::PP ();
use POSIX qw(_exit);
use Time::HiRes qw(sleep time);

# how long an outcome is kept is looked at too
my $look_at_cached = $ENV{TEST_URLMETA_CACHED};

# a busy machine makes everything late, by less than this
my $grace = seconds(0.4);

UrlMeta::Hostile::own_network('addr add 93.184.216.76/32 dev lo');

# who is root in a namespace only cannot change groups
expect_alert(qr/initgroups\(root, \d+\) failed/);

my $table = shared_path('security/hostile-servers.md');
my $script = shared_path('security/hostile_server.py');
my ($no_python) = run(20, 'python3', '--version');

my $page = '<!doctype html><html><head><title>T</title>'
           . '<meta property="og:title" content="OG title">'
           . '<meta property="og:description" content="D"></head>'
           . '<body>ok</body></html>';


# Who plays: hostile_server.py, an origin with every address there is, servers
# of TLS, a name server, and a listener that accepts nobody.

my $own = 'http://127.0.0.1:9700';
my $tls = certificate(names => ['127.0.0.1']);
my $python = $script && !$no_python;

if ($python) {
    my $bombs = UrlMeta::Hostile::bombs($page);
    my $log = temp_dir('python') . '/log';

    UrlMeta::Daemon::spawn(bless({}, 'UrlMeta::Daemon'), sub {
        open STDOUT, '>', $log;
        open STDERR, '>&', \*STDOUT;
        exec 'python3', $script, '--port', 9700, '--tls-port', 9743,
             '--cert', $tls->{cert}, '--key', $tls->{key}, '--bombs', $bombs;
    });

    wait_for(sub {
        IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => 9743)
    }, 20) or die read_file($log);
}

sub answer {
    my ($text, %option) = @_;
    my $status = $option{status} || '200 OK';
    return "HTTP/1.1 $status\r\nContent-Type: text/html\r\n"
           . 'Content-Length: ' . length($text) . "\r\n"
           . join('', map { "$_\r\n" } @{$option{headers} || []})
           . ($option{keep} ? '' : "Connection: close\r\n") . "\r\n$text";
}

sub packed {
    my ($text) = @_;
    return answer(Compress::Zlib::memGzip($text),
                  headers => ['Content-Encoding: gzip']);
}

my $poison = answer('<title>POISON</title>', keep => 1);

my $world = UrlMeta::Hostile::World->new(
    addresses => ['93.184.216.34', '2606:2800:220:1::34'],
    answers => {
        '*' => sub { return answer($page) },
        '/ahead' => sub { return answer($page, keep => 1) . $poison, 1 },
        '/behind' => sub {
            return answer($page, keep => 1), 1, 0.001, $poison;
        },
        '/429' => sub {
            return answer('', status => '429 Too Many Requests',
                          headers => ['Retry-After: 120']);
        },
        '/503' => sub {
            return answer('', status => '503 Service Unavailable',
                          headers => ['Retry-After: 120']);
        },
        '/gzip-nest' => sub { return packed('<div>' x 400_000) },
        '/gzip-mismatch' => sub {
            return packed('<i>' x 300_000 . '</b>' x 250_000);
        },
        '/gzip-attributes' => sub {
            return packed('<meta ' . join ' ', map { "a$_" } 1 .. 250_000);
        },
        '/etag' => sub {
            return answer($page, headers => ['ETag: "' . 'e' x 8000 . '"']);
        },
    },
);

my @tls = (
    [certificate(names => ['127.0.0.1'], self_signed => 1)],
    [certificate(names => ['127.0.0.1'], expired => 1)],
    [certificate(names => ['other.test.com'])],
    [$tls, 'ssl_protocols TLSv1; ssl_ciphers ALL:@SECLEVEL=0;'],
);

my $servers = nginx(join('', map {
    my ($certificate, $more) = @{$tls[$_]};
    "server {\nlisten 127.0.0.1:%%PORT_$_%% ssl;\n"
    . "ssl_certificate $certificate->{cert};\n"
    . "ssl_certificate_key $certificate->{key};\n"
    . ($more || '') . "location / { return 200 '<title>TLS</title>'; }\n}\n"
} 0 .. $#tls), module => 0);

my $public = '93.184.216.34';
my @chain = map { "alias$_.test.com" } 1 .. 64;

my $names = dns({
    'public.test.com' => [$public],
    'none.test.com' => 'nxdomain',
    'broken.test.com' => 'servfail',
    'silent.test.com' => 'silent',
    'mixed.test.com' => [$public, '10.0.0.1'],
    'families.test.com' => [$public, '::1'],
    'self.test.com' => ['93.184.216.76'],
    'many.test.com' => [map { "93.184.216.34" } 1 .. 4000],
    'long.test.com' => {cname => \@chain, addresses => [$public]},
    'alias0.test.com' => {cname => 'alias1.test.com'},
    (map { ("alias$_.test.com" => {cname => $chain[$_]}) } 1 .. 63),
    'alias64.test.com' => [$public],
    (map { ("rebind$_.test.com" => {sequence => [[$public], ['127.0.0.1']],
                                ttl => 0}) } 1 .. 500),
    'six1.test.com' => ['::'], 'six2.test.com' => ['::ffff:127.0.0.1'],
    'six3.test.com' => ['64:ff9b::7f00:1'],
    'six4.test.com' => ['2002:7f00:1::1'],
    'six5.test.com' => ['2001:0:7f00:1::80ff:fffe'],
    'six6.test.com' => ['2606:2800:220:1:0:5efe:7f00:1'],
    (map { ("busy$_.test.com" => [$public]) } 1 .. 3),
});

my $full = IO::Socket::INET->new(
    Proto => 'tcp', LocalAddr => '127.0.0.1', LocalPort => 9744, Listen => 1,
) or die "listen: $!";

my @queue = map {
    IO::Socket::INET->new(Proto => 'tcp', PeerAddr => '127.0.0.1',
                          PeerPort => 9744, Blocking => 0)
} 1 .. 8;


# The worker.

my $watch = sanitized() ? undef : UrlMeta::Hostile->watch;

my $n = nginx(<<"CONF", workers => 1, debug => 0,
    resolver @{[$names->address]};
    urlmeta_allow 127.0.0.1:9700 127.0.0.1:9701 127.0.0.1:9702
                  127.0.0.1:9743 127.0.0.1:9744
                  @{[map { '127.0.0.1:' . $servers->port($_) } 0 .. $#tls]};
    urlmeta_ports 80 443 21 22 9700-9800;
    urlmeta_ssl_trusted_certificate $tls->{ca};
    urlmeta_cache cards;
    urlmeta_host_limit off;
    keepalive_requests 100000000;

    location /card { urlmeta \$arg_url; }

    location /polite {
        urlmeta \$arg_url;
        urlmeta_host_limit rate=2r/s burst=5 conn=2;
    }

    location /patient {
        urlmeta \$arg_url;
        urlmeta_host_limit rate=1000r/s burst=1000 conn=100;
    }
CONF
    env => $watch ? {$watch->environment} : {},
    connections => 2048);

my ($worker) = $n->worker_pids;


# What a card can be.

sub page { return $_[0]{title} eq 'OG title' ? '' : "title $_[0]{title}" }

sub titled {
    my ($title) = @_;
    return sub {
        my $got = $_[0]{title};
        return defined $got && $got =~ /\A(?:$title)\z/ ? ''
             : 'title ' . (defined $got ? $got : 'null');
    };
}

sub fallback {
    my ($card) = @_;
    return !defined $card->{title} || $card->{title} eq $card->{host}
           ? '' : 'title ' . substr $card->{title}, 0, 20;
}

sub cut {
    my ($what) = @_;
    return sub {
        return $_[0]{http}{truncated} ? $what->(@_) : 'not truncated';
    };
}

sub clean {
    my ($card) = @_;
    my $text = join '', map { defined $card->{$_} ? $card->{$_} : '' }
                        qw(title description site_name);
    return $text =~ /[\x00-\x1f\x7f-\x9f\x{200b}\x{2028}-\x{202e}
                      \x{2066}-\x{2069}]/x ? 'unclean' : '';
}

sub secret { return $_[0]{title} =~ /root:/ ? 'a file of this machine' : '' }

sub typed {
    my ($type) = @_;
    return sub { return $_[0]{type} eq $type ? '' : "type $_[0]{type}" };
}


# An error by its code, a card by what it has to be.

my %status = (
    address_denied => 403, host_busy => 503, upstream_timeout => 504,
    connect_timeout => 504, dns_timeout => 504,
);

sub ask {
    my ($url, $want, %option) = @_;
    $url = "$own$url" if $url =~ m{^/};
    $want = [$want] if ref $want ne 'ARRAY';
    return {url => $url, want => $want, location => '/card', %option};
}

sub uri {
    my ($ask) = @_;
    return "$ask->{location}?url=" . url_encode($ask->{url});
}

sub tls_url { return 'https://127.0.0.1:' . $servers->port($_[0]) . '/' }


# What an answer has against it; nothing, if all is well.

sub judge {
    my ($ask, $r) = @_;
    my @wrong;

    my $json = $r->json or return 'no JSON: ' . ($r->{error} || '');
    my $got = $r->{code} == 200 ? 'card' : $json->{code};
    my ($card) = grep { ref } @{$ask->{want}};

    if ($r->{code} == 200) {
        push @wrong, $card ? $card->($json) : 'a card';

    } else {
        my $status = $ask->{status} || $status{$got} || 502;
        push @wrong, $got if !grep { $_ eq $got } @{$ask->{want}};
        push @wrong, "status $r->{code}" if $r->{code} != $status;
        push @wrong, 'not a problem'
            if $r->header('content-type') ne 'application/problem+json';

        # what is known of the server is not for the client
        (my $rest = $r->{body}) =~ s/"url": ?"[^"]*"//;
        push @wrong, 'too open'
            if $rest =~ /\d+\.\d+\.\d+|curl|OG title|banana|passwd/;
    }

    push @wrong, 'no nosniff'
        if ($r->header('x-content-type-options') || '') ne 'nosniff';
    push @wrong, sprintf 'late: %.3f s', $r->{time}
        if $ask->{within} && $r->{time} > $ask->{within} + $grace;
    push @wrong, sprintf 'early: %.3f s', $r->{time}
        if $ask->{after} && $r->{time} < $ask->{after};
    push @wrong, $ask->{check}->($r) if $ask->{check};

    return grep { length } @wrong;
}


# Each row: how it is asked, who plays, how long it is kept, and its asks or
# what does it all; "late" are those that take seconds, asked together.

my @rows;

sub row {
    my ($row, $player, $cached, @asks) = @_;
    my $late = $asks[0] eq 'late' ? shift @asks : '';
    push @rows, {row => $row, player => $player, cached => $cached,
                 late => $late, asks => \@asks};
    return;
}

my @three = (within => 3.1, after => 2.9);

row('H01', 'python', 'b(60)', 'late',
    ask('/silent', 'upstream_timeout', @three));
row('H02', 'python', 'b(60)', 'late',
    ask('/slow-headers?d=1', 'upstream_timeout', @three));
row('H03', 'python', 'b(60)', 'late',
    ask('/slow-body?d=1', 'upstream_timeout', @three));
row('H04', 'python', 'b(60)', 'late',
    ask('/slow-drip-chunked', 'upstream_timeout', @three));
row('H05', 'python', 'by headers', ask('/late-stall', \&page, within => 0.05));
row('H06', 'python', 'by headers', 'late',
    ask('/delay?ms=2500', \&page, within => 2.6, after => 2.4));
row('H07', 'python', 'b(60)', 'late',
    ask('/to-slow-chain', ['redirect_limit', 'upstream_timeout'],
        within => 10.1, after => 5.3));
row('H08', 'python', 'b(60)', 'late',
    ask('https://127.0.0.1:9701/', 'connect_timeout', @three));
row('H09', 'own', 'b(30)', 'late',
    ask('http://127.0.0.1:9744/', 'connect_timeout', @three));

row('H10', 'python', 'by headers', ask('/infinite-body', \&page));
row('H11', 'python', '300 s', ask('/infinite-noclose', cut(\&fallback)));
row('H12', 'python', 'by headers',
    ask('/big-content-length', \&page, within => 0.05));
row('H13', 'python', '300 s', ask('/head-after-2mb', cut(\&fallback)));
row('H14', 'python', 'by headers', ask('/gzip-bomb', \&page));
row('H15', 'python', '300 s', ask('/gzip-gzip-bomb', 'encoding_denied'));
row('H16', 'python', '300 s', ask('/brotli-bomb', 'encoding_denied'));
row('H17', 'python', '300 s', ask('/zstd-bomb', 'encoding_denied'));
row('H18', 'python', '300 s', ask('/encoding-chain-6', 'encoding_denied'));
row('H19', 'python', '300 s', ask('/encoding-lie', 'encoding_bad'));
row('H20', 'python', '300 s', ask('/encoding-unknown', 'encoding_denied'));
row('H21', 'python', 'min(headers, 300 s)',
    ask('/gzip-truncated', cut(sub { '' })));
row('H22', 'python', '300 s', ask('/attr-50mb', \&fallback));

row('H23', 'python', '300 s', ask('/header-1mb', 'header_too_large'));
row('H24', 'python', '300 s', ask('/header-100k-lines', 'header_too_large'));
row('H25', 'python', '300 s',
    ask('/header-infinite', 'header_too_large', within => 0.05),
    ask('/header-infinite-line', 'header_too_large', within => 0.05));
row('H26', 'python', '300 s', ask('/interim-infinite', 'header_too_large'));
row('H27', 'python', 'by headers',
    ask('/trailer-infinite', [\&page, 'header_too_large']));
row('H28', 'python', 'b(60)',
    ask('/chunk-ext-infinite', 'upstream_timeout', within => 3.1,
        cpu => 0.1));
row('H29', 'python', '60 s', ask('/http09', 'protocol_error'),
    ask('http://127.0.0.1:9702/', 'protocol_error'));
row('H30', 'python', '60 s', ask('/bad-status-line', 'protocol_error'),
    ask('/status-999', 'upstream_status', check => \&upstream_999));
row('H31', 'python', '60 s', map { ask("/$_", 'protocol_error') }
    qw(nul-header cl-negative chunk-negative chunk-overflow));
row('H32', 'python', '60 s', map { ask("/$_", 'protocol_error') }
    qw(two-content-lengths te-and-cl));
row('H33', 'python', '60 s', \&overflow);
row('H34', 'python', '60 s', ask('/cl-too-long', \&page),
    ask('/chunk-truncated', [\&page, 'incomplete']));
row('H35', 'python', 'by headers', ask('/cl-too-short', \&fallback));
row('H36', 'python', 'b(30)', map { ask("/$_", 'connect_reset') }
    qw(rst-mid-headers rst-now empty-reply));
row('H37', 'python', 'min(headers, 60 s)', ask('/rst-mid-body', \&page));
row('H38', 'own', '-', \&poisoned);
row('H39', 'python', '60 s', ask('/101-upgrade', 'protocol_error'));
row('H40', 'python', '300 s', \&credentials);
row('H41', 'python', '300 s', ask('/204', \&fallback),
    ask('/304-unasked', 'protocol_error'),
    ask('/206-unasked', 'protocol_error'));
row('H42', 'python', '300 s', ask('/cookies', 'header_too_large'));
row('H43', 'python', 'by headers', ask('/alt-svc', \&page),
    ask('/ok?after-alt-svc', \&page));
row('H44', 'python', 'by headers', ask('/etag-64k', 'header_too_large'),
    ask("http://$public/etag", \&page));

row('H45', 'python', '300 s', \&loops);
row('H46', 'python', '300 s',
    ask('/to?u=http://127.0.0.2:9703/', 'redirect_denied'));
row('H47', 'python', '300 s', map { ask("/to?u=$_", 'redirect_denied') }
    'file:///etc/passwd', 'gopher://127.0.0.1:9700/', 'dict://127.0.0.1/');
row('H48', 'python', '300 s',
    ask('/to?u=ftp://127.0.0.1/', 'redirect_denied'));
row('H49', 'python', 'by headers',
    ask("https://127.0.0.1:9743/to?u=$own/ok", sub {
        my ($card) = @_;
        return $card->{url} =~ m{^http://} ? page($card) : $card->{url};
    }));
row('H50', 'python', '60 s', map { ask("/$_", 'redirect_denied') }
    qw(to-empty to-none to-two to-1mb));
row('H51', 'python', 'by headers', ask('/refresh', \&page));

my @cpu = (cpu => 0.03);

row('H52', 'python', '300 s', ask('/attrs?n=100000', \&fallback, @cpu));
row('H53', 'python', '300 s', ask('/nest-mismatch', \&fallback, @cpu));
row('H54', 'python', '300 s', ask('/nest', \&fallback),
    map { ask("http://$public/gzip-$_", \&fallback) }
        qw(nest mismatch attributes));
row('H55', 'python', 'by headers', ask('/metas', titled('x')));
row('H56', 'python', '300 s', ask('/comment-unclosed', titled('T')),
    ask('/title-unclosed', [titled('a+\x{2026}?')]),
    ask('/script-lt', \&fallback), ask('/amp', \&fallback));
row('H57', 'python', 'by headers', ask('/entities', \&secret));
row('H58', 'python', 'by headers', map { ask("/$_", \&page) }
    qw(jsonld-deep jsonld-wide jsonld-many));
row('H59', 'python', 'by headers',
    ask('/charset-lie', titled('caf\x{fffd} \x{fffd}+')),
    ask('/charset-utf7',
        titled(quotemeta '+ADw-script+AD4-alert(1)+ADw-/script+AD4-')),
    ask('/charset-utf16', titled("\x{441}\x{430}\x{439}\x{442}")),
    ask('/charset-three', titled("\x{439}")),
    ask('/charset-bogus', \&page));
row('H60', 'python', 'by headers', ask('/nul', \&clean),
    ask('/bidi', \&clean));
row('H61', 'python', 'by headers',
    ask('/type/a.png?t=image/png', typed('image')),
    ask('/type/b.mp4?t=video/mp4', typed('video')),
    ask('/type/c.mp3?t=audio/mpeg', typed('audio')),
    ask('/type?t=', \&page),
    ask('/type/d.bin?t=application/octet-stream', typed('file')));
row('H62', 'python', 'by headers', ask('/links-1e5', sub {
    my $icons = @{$_[0]{icons}};
    return $icons && $icons <= 16 ? '' : "$icons icons";
}));

row('H63', 'python', '600 s / 3,600 s', map {
    my $status = $_;
    ask("/status?s=$status", 'upstream_status', status => 404,
        check => sub {
            return $_[0]->json->{upstream_status} == $status ? '' : 'status';
        })
} 404, 410);
row('H64', 'own', 'Retry-After', \&retry_after);
row('H65', 'python', 'b(30)', ask('/status?s=500', 'upstream_status'));
row('H66', 'own', '300 s', map { ask(tls_url($_), 'tls_failed') } 0 .. $#tls);
row('H67', 'own', '300 s', ask("https://public.test.com/", 'tls_failed'));
row('H68', 'own', '60 s (SOA minimum, at most 300 s)',
    ask('http://none.test.com/', 'dns_not_found'));
row('H69', 'own', 'b(30)', ask('http://broken.test.com/', 'dns_failed'));
row('H70', 'own', 'b(30)', 'late',
    ask('http://silent.test.com/', 'dns_timeout', @three));
row('H71', 'own', '60 s', ask('http://mixed.test.com/', 'address_denied'));
row('H72', 'own', '60 s', \&families);
row('H73', 'own', 'by headers', \&rebinding);
row('H74', 'own', '60 s',
    map { ask("http://six$_.test.com/", 'address_denied') } 1 .. 6);
row('H75', 'own', '60 s', \&many);
row('H76', 'own', '60 s', ask('http://self.test.com/', 'address_denied'));
row('H77', 'nobody', '-', sub { return 'n/a' });
row('H78', 'own', '-', \&busting);


# Rows that take more than one question. Each returns what was got and what is
# wrong with it.

sub upstream_999 {
    my ($r) = @_;
    return $r->json->{upstream_status} == 999 ? '' : 'upstream_status';
}

sub statistics {
    return get("$own/_stats")->json;
}

sub requests {
    my ($pattern) = @_;
    my $count = 0;
    my $of = statistics()->{requests};
    $count += $of->{$_} for grep { /$pattern/ } keys %$of;
    return $count;
}

# All of them over one connection; how often each code came, and the titles.

sub series {
    my ($location, @urls) = @_;
    my $c = $n->connect;
    my (%code, %title);

    for (@urls) {
        my $r = $c->get("$location?url=" . url_encode($_));
        my $json = $r->json || {};
        $code{$r->{code} == 200 ? 200 : $json->{code} || 0}++;
        $title{$json->{title}}++ if $r->{code} == 200;
    }

    $c->close;
    return (\%code, \%title);
}

sub list {
    my ($count) = @_;
    return join ', ', map { "$_: $count->{$_}" } sort keys %$count;
}

sub overflow {
    my ($code) = series('/card', map { "$own/cl-overflow?$_" } 1 .. 5);
    my ($got) = keys %$code;
    return (list($code), keys %$code != 1 ? 'not the same'
            : $got ne '200' && $got ne 'protocol_error' ? $got : ());
}

sub poisoned {
    my ($code, $title) = series('/card', map { "http://$public/ahead?$_" }
                                         1 .. 900);

    # what is pushed a millisecond later is there when the next one is asked
    for (1 .. 100) {
        my ($more, $what) = series('/card', "http://$public/behind?$_");
        $code->{$_} += $more->{$_} for keys %$more;
        $title->{$_} += $what->{$_} for keys %$what;
        sleep 0.005;
    }

    return (list($code), ($code->{200} || 0) != 1000 ? 'not 1,000 cards' : (),
            $title->{POISON} ? "$title->{POISON} poisoned" : ());
}

sub credentials {
    my $ask = ask('/401', 'upstream_status');
    my $r = $n->get(uri($ask));
    my $sent = statistics()->{headers}{401} || {};
    return ("$r->{code} " . $r->json->{code}, judge($ask, $r),
            grep({ /authorization|cookie/ } keys %$sent),
            requests('^/401') == 1 ? () : 'asked again');
}

sub loops {
    my @asks = (ask('/loop', 'redirect_limit'),
                ask('/chain?n=100', 'redirect_limit'));
    my @wrong = map { judge($_, $n->get(uri($_))) } @asks;
    my @count = (requests('^/loop'), requests('^/chain\?n=\d{2,3}$'));
    return ("@count requests", @wrong, "@count" eq '6 6' ? () : 'requests');
}

sub retry_after {
    my (@got, @wrong);

    for (['busy1.test.com', '/429'], ['busy2.test.com', '/503']) {
        my ($host, $path) = @$_;
        my $ask = ask("http://$host$path", 'upstream_status',
                      location => '/patient');
        my $r = $n->get(uri($ask));
        push @wrong, judge($ask, $r);

        my $before = $world->lines('request');
        my ($code) = series('/patient', map { "http://$host/$_" } 1 .. 10);
        push @got, "$path: then " . list($code);
        push @wrong, "$path: asked again"
            if $world->lines('request') != $before;
    }

    return (join('; ', @got), @wrong);
}

sub families {
    my ($code) = series('/card',
                        map { "http://families.test.com/$_" } 1 .. 1000);
    return (list($code), ($code->{address_denied} || 0) == 1000 ? ()
                         : 'not 1,000 refused');
}

sub rebinding {
    my $before = $world->lines('connect');
    my ($code) = series('/card', map {
        my $try = $_;
        map { "http://rebind$_.test.com/$try" } 1 .. 500
    } 1, 2);
    my $lookups = $names->count;
    my ($least, $most) = (1000, 0);

    my %count;
    $count{"$_->{name} $_->{type}"}++ for $names->queries;
    my @more = grep { /^rebind/ && $count{$_} > 2 } keys %count;

    return (list($code), @more ? 'more than a lookup for a fetch' : (),
            grep({ $_ ne '200' && $_ ne 'address_denied' } keys %$code),
            $world->lines('connect') - $before == ($code->{200} || 0)
                ? () : 'connections');
}

sub many {
    my (@got, @wrong);

    for ('many.test.com', 'long.test.com', 'alias0.test.com') {
        my $ask = ask("http://$_/", [\&page, 'dns_failed'], within => 2);
        my $before = $world->lines('connect');
        my $r = $n->get(uri($ask));
        push @got, "$_: " . ($r->{code} == 200 ? 200 : $r->json->{code});
        push @wrong, judge($ask, $r);
        push @wrong, "$_: connections"
            if $world->lines('connect') - $before > 4;
    }

    return (join(', ', @got), @wrong);
}

sub busting {
    my $start = time;
    my $before = $world->lines('request');
    my ($code) = series('/polite',
                        map { "http://busy3.test.com/?x=$_" } 1 .. 10000);
    my $took = time - $start;
    my $asked = $world->lines('request') - $before;
    my $r = $n->card('http://busy3.test.com/?x=0', location => '/polite');

    return (sprintf('%s; %d asked in %.1f s', list($code), $asked, $took),
            $asked > 6 + 2 * $took + 1 ? 'too many' : (),
            ($code->{200} || 0) + ($code->{host_busy} || 0) == 10000
                ? () : 'other answers',
            $r->{code} == 503
            && ($r->header('retry-after') || '') =~ /^\d+$/
                ? () : 'no Retry-After');
}


# Seconds that an outcome may be kept: the least and the most. "b(30)" is
# doubled with each failure in a row.

sub kept {
    my ($text, $i) = @_;
    my @part = split m{ / }, $text;
    my $part = @part > 1 ? $part[$i] : $text;
    $part =~ s/,(?=\d{3})//g;

    return $part =~ /^b\((\d+)\)$/ ? ($1, $1)
         : $part =~ /^min\(headers, (\d+) s\)$/ ? (1, $1)
         : $part =~ /at most (\d+) s/ ? (1, $1)
         : $part =~ /^(\d+) s/ ? ($1, $1)
         : $part eq 'Retry-After' ? (30, 3600)
         : ();
}

sub judge_cached {
    my ($row, $i, $r) = @_;
    my ($least, $most) = kept($row->{cached}, $i) or return;

    # of an error nothing is said to the client
    my ($age) = ($r->header('cache-control') || '') =~ /max-age=(\d+)/
        or return;
    return $age <= $most && $age >= $least - 2
           ? () : "kept for $age s and not $row->{cached}";
}


# The table says what this test says.

SKIP: {
    skip 'no ../shared/security', 1 if !$table;

    my %cached;

    for (split /\n/, read_file($table)) {
        next if !/^\| (H\d\d) \|/;
        my $row = $1;
        ($cached{$row}) = (split / \| /, $_)[5] =~ /^(.*?)(?:\. .*| \|)?$/;
    }

    is_deeply({map { $_->{row} => $_->{cached} } @rows}, \%cached,
              'all rows, and how long each is kept');
}


# The run. A page first, so that what the first fetch allocates is there.

my $ordinary = uri({location => '/card', url => 'http://public.test.com/hit'});
is($n->get($ordinary)->json->{title}, 'OG title', 'an ordinary page');

my $idle = UrlMeta::Hostile::Hits->new($n->port, $ordinary);
sleep 2;
$idle->stop;

$watch->clear if $watch;

# nginx sees a little later that a client has gone
sleep 0.3;

my $rss = $n->rss($worker);
my $files = $n->open_files($worker);
my $begun = time;
my $busy = UrlMeta::Hostile::Hits->new($n->port, $ordinary);

# the slow ones in a process of their own

my @late = grep { $_->{late} && ($python || $_->{player} ne 'python') } @rows;
my $answers = temp_dir('late') . '/answers';
my $asker = fork;
die "fork: $!" if !defined $asker;

if ($asker == 0) {
    my @r = UrlMeta::Hostile::ask($n->port, 15,
                                  map { uri($_->{asks}[0]) } @late);
    write_file("$answers.new", JSON::PP->new->latin1->allow_blessed
               ->encode([map { {%$_, json => undef} } @r]));
    rename "$answers.new", $answers;
    _exit(0);
}

my @spans;

for my $row (grep { !$_->{late} } @rows) {
    if ($row->{player} eq 'python' && !$python) {
        $row->{result} = 'SKIP';
        next;
    }

    my ($from, $i) = (time, 0);

    for my $ask (@{$row->{asks}}) {
        if (ref $ask eq 'CODE') {
            my ($got, @wrong) = $ask->();
            push @{$row->{got}}, $got;
            push @{$row->{wrong}}, @wrong;
            next;
        }

        my $cpu = UrlMeta::Hostile::cpu_time($worker);
        my ($r) = UrlMeta::Hostile::ask($n->port, 15, uri($ask));
        $cpu = UrlMeta::Hostile::cpu_time($worker) - $cpu;

        push @{$row->{got}}, got($r)
            . ($ask->{cpu} ? sprintf ' (CPU %.1f ms)', 1000 * $cpu : '');
        push @{$row->{wrong}}, judge($ask, $r);
        push @{$row->{wrong}}, sprintf 'CPU %.0f ms', 1000 * $cpu
            if $ask->{cpu} && !sanitized() && $cpu > $ask->{cpu} + 0.07;
        push @{$row->{wrong}}, judge_cached($row, $i, $r) if $look_at_cached;
        $i++;
    }

    push @spans, [$from, time, $row->{row}];
}

sub got {
    my ($r) = @_;
    my $json = $r->json || {};
    return sprintf '%s %s%.0f ms', $r->{code},
                   $r->{code} == 200 ? '' : ($json->{code} || 'none') . ' ',
                   1000 * $r->{time};
}

waitpid $asker, 0;

if (@late) {
    my @r = @{JSON::PP->new->latin1->decode(read_file($answers))};

    for my $row (@late) {
        my $r = bless shift @r, 'UrlMeta::Response';
        delete $r->{json};
        push @{$row->{got}}, got($r);
        push @{$row->{wrong}}, judge($row->{asks}[0], $r);
        push @{$row->{wrong}}, judge_cached($row, 0, $r) if $look_at_cached;
    }
}

my $took = time - $begun;
sleep 1;
$busy->stop;
wait_for(sub { $n->open_files($worker) <= $files }, 1);


# What came of it.

for my $row (@rows) {
    my $got = join ', ', @{$row->{got} || []};
    my $asked = join ' ', map { ref eq 'CODE' ? () : $_->{url} =~ s/^\Q$own//r }
                          @{$row->{asks}};

    if (!$row->{got}) {
        SKIP: { skip "$row->{row}: no python3 or ../shared", 1 }
        next;
    }

    my @wrong = @{$row->{wrong} || []};

    diag(sprintf '%s %-6s %-4s %s -> %s', $row->{row}, $row->{player},
         $got eq 'n/a' ? 'n/a' : @wrong ? 'BAD' : 'ok', substr($asked, 0, 60),
         substr $got, 0, 120);

    ok(!@wrong, $row->{row}) or diag("  @wrong");
}

my $count = @{[grep { $_->{got} && !@{$_->{wrong} || []} } @rows]};
diag(sprintf '%d of 78 rows as stated, in %.1f s', $count, $took);

my ($still) = $n->worker_pids;
is($still, $worker, 'the worker lives');

my $more = $n->rss($worker) - $rss;
diag("memory: $more KB more");
ok(sanitized() || $more <= 8192, 'RSS: 8 MB more at most') or diag($more);

is($n->open_files($worker), $files, 'no descriptor left')
    or diag(join "\n", map { "$_ " . (readlink || '') }
                       glob "/proc/$worker/fd/*");
is(scalar $world->lines('denied'), 0, 'nobody was connected to who may not')
    or diag($world->lines('denied'));

SKIP: {
    skip 'no python3 or ../shared', 1 if !$python;
    is(statistics()->{canary} || 0, 0, 'nor the canary');
}

SKIP: {
    skip 'not under sanitizers', 2 if !$watch;

    my $count = $watch->counts;
    my ($where) = map { $_->[2] } grep {
        $_->[0] <= $count->{when} && $count->{when} <= $_->[1]
    } @spans;
    diag(sprintf 'event loop: %d turns, the longest %.1f ms of CPU (%s), '
         . '%.1f ms of time; %d over 10 ms', $count->{turns},
         1000 * $count->{cpu}, $where || 'none', 1000 * $count->{wall},
         $count->{over});

    is($count->{opens}, 0, 'no file of this machine was opened');
    ok($count->{cpu} <= 0.010 * 3, 'no turn of the event loop is long');
}

my ($alone, $beside) = ($idle->figures, $busy->figures);

diag(sprintf 'hits: %d, median %.3f ms, p99 %.3f ms, at most %.1f ms; '
     . 'with nothing else median %.3f ms, p99 %.3f ms', $beside->{number},
     map({ 1000 * $_ } @{$beside}{qw(median p99 most)}),
     map({ 1000 * $_ } @{$alone}{qw(median p99)}));

ok($beside->{slow} < 10 * $alone->{slow} + seconds(0.02),
   'hits take their time meanwhile');

done_testing();
