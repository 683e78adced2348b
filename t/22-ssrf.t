#!/usr/bin/perl

# Where a fetch may go: the real binary with its real defaults, in a network
# where every address is this machine's, so that what it must not reach would
# answer.  Nothing can leave that network, and without it the test fails.

use lib 't/lib';
use UrlMeta::Namespace;
use UrlMeta::Test;
use UrlMeta::Address qw(edges embedded literal);
use UrlMeta::Canary;

use JSON::PP ();
use Time::HiRes qw(sleep time);

chdir project_root();

my $public = '93.184.216.34';
my $public6 = '2606:2800:220:1::1';
my $plain = '93.184.216.99';
my $own = '198.51.99.77';
my $interface = '198.51.99.78';
my $proxy = '198.51.99.79';

my $json = JSON::PP->new->utf8;
my $started = time;


# What the material says.

my $dir = shared_path('security');
my (@cases, $ranges);

if ($dir) {
    @cases = @{$json->decode(read_file("$dir/ssrf-urls.json"))->{cases}};
    $ranges = $json->decode(read_file("$dir/special-ranges.json"));
}

my (@denied, @allowed);

if ($ranges) {
    my %seen;
    @denied = grep { !$seen{$_}++ }
              map { $_->{deny} ? edges($_->{cidr}) : () }
              map { @{$ranges->{$_}} } qw(iana_ipv4 iana_ipv6 beyond_iana);
    @allowed = @{$ranges->{never_deny_examples}};

} else {
    @denied = qw(10.0.0.1 127.0.0.1 169.254.169.254 ::1 fd00:ec2::254);
    @allowed = ($public, $public6);
}

my @embedded = map { embedded($_) } grep { !/:/ } @denied;


# Who is asked.

my (%name, %answer);

sub host_of {
    my ($url) = @_;
    my ($host) = $url =~ m{^\w+://([^/?#:]*)};
    return $host;
}

for my $case (@cases) {
    my $dns = $case->{dns} or next;
    my $host = lc host_of($case->{canonical} || $case->{url});
    $host =~ s/\.$//;
    next if $host =~ /[^\x21-\x7e]/;

    my @turns = map {
        my $turn = $_;
        [map { $_ eq '$OWN_PUBLIC_IP' ? $own : $_ }
             map { @{$turn->{$_} || []} } qw(A AAAA)]
    } ($dns->{sequence} ? @{$dns->{sequence}} : $dns);

    $name{$host} = {
        sequence => \@turns, ttl => $dns->{sequence} ? 0 : 60,
        $dns->{CNAME} ? (cname => $dns->{CNAME}) : (),
    };

    next if !defined $case->{redirect_to};

    # a line end in a header is the end of the header, whoever sends it; a
    # bare CR is what can be sent
    (my $location = $case->{redirect_to}) =~ s/\r\n/\r/g;
    my ($path) = $case->{url} =~ m{^\w+://[^/]*(.*)};
    $answer{"$host$path"} = [302, {Location => $location}, ''];
}

$answer{'redirector.com/loop'} = [302, {Location => '/loop'}, ''];
$name{'a.rebind.test-attacker.com'} = ['169.254.169.254'];
$name{'six.public.com'} = [$public6];

my @by_name = (@denied, @embedded);
$name{"d$_.ranges.com"} = [$by_name[$_]] for 0 .. $#by_name;
$name{"a$_.ranges.com"} = [$allowed[$_]] for 0 .. $#allowed;

# the same at each run; rand() itself names files and ports
my $state = 1;

sub random {
    my ($below) = @_;
    $state = ($state * 1103515245 + 12345) % 2147483648;
    return int($state / 65536) % $below;
}

my @sinks = grep { $_ !~ /^2(?:2[4-9]|3\d)\./ } @denied;
my $turns = 1000;

sub sink { return $sinks[random(scalar @sinks)] }

# one in four begins with the forbidden one

for my $n (1 .. $turns) {
    my @sequence = ([$n % 2 ? $public : $public6], [sink()]);
    @sequence = reverse @sequence if $n % 4 == 0;
    $name{"r$n.attacker.com"} = {sequence => \@sequence, ttl => 0};

    my @mixed = map { random(10) < 7 ? '93.184.216.' . (1 + random(250))
                                     : '2606:2800:220:1::' . random(250) }
                0 .. random(30);
    splice @mixed, random(@mixed + 1), 0, sink();
    $name{"m$n.attacker.com"} = \@mixed;
}

$name{"to-$_.hop.com"} = [$public] for 1 .. 5;
$answer{"to-$_.hop.com/"} = [302, {Location => 'http://to-' . ($_ + 1)
                                               . '.hop.com/'}, '']
    for 1 .. 4;

# pages that name addresses in all places that a page has for them

my %page = map { $_ => read_file("t/ssrf/places.$_") } qw(html xml);

$answer{'places.com/'} = [200, {
    'Content-Type' => 'text/html',
    Link => '<http://10.0.0.1/l1>; rel=preload, <http://10.0.0.1/l2>; rel=icon',
    Refresh => '0; url=http://10.0.0.1/refresh',
}, $page{html}];

$answer{'places.com/xml'} = [200, {'Content-Type' => 'application/xhtml+xml'},
                             $page{xml}];

my $d = dns(\%name, other => [$public]);
my $d_plain = dns({}, other => [$plain]);
$d->set('alive.com', ['10.1.1.1']);

my @ports = (22, 25, 80, 443, 2375, 3128, 3306, 6379, 8080, 8443, 8500, 9200,
             65535);
my $canary = UrlMeta::Canary->new(ports => \@ports, answers => \%answer,
                                  plain => [$plain]);

# an address that an interface has, and nobody listens at

is(system("ip addr add $interface/32 dev lo"), 0, 'an address of our own');

my $n = nginx(<<"EOF", debug => 0, main => <<'ENV', env => {
server {
    listen 127.0.0.1:%%PORT%%;
    listen $own:%%PORT_0%%;

    keepalive_requests 1000000;
    keepalive_timeout 300s;
    resolver @{[$d->address]};
    urlmeta_log_level info;
    add_header X-Url \$urlmeta_url always;

    location /default { urlmeta \$arg_url; }
    location /plain { urlmeta \$arg_url; resolver @{[$d_plain->address]}; }
    location /cached { urlmeta \$arg_url; urlmeta_cache cards; }

    location /headers {
        set \$lines "a\\r\\nX-Injected: 1\\r\\n\\r\\nGET /injected HTTP/1.1";
        urlmeta \$arg_url;
        urlmeta_user_agent "agent \$lines";
        urlmeta_accept_language "de \$lines";
        urlmeta_set_header X-Ours "ours \$lines";
        urlmeta_set_header X-None "";
    }

    location /wide { urlmeta \$arg_url; urlmeta_allow 10.1.1.1; }

    location /strict {
        urlmeta \$arg_url;
        urlmeta_allow 10.1.1.1;
        resolver @{[$d_plain->address]};
    }

    location /port {
        urlmeta \$arg_url;
        urlmeta_allow 10.1.1.1:8080 [fd00::1]:8080;
        urlmeta_ports 80 8000-8100;
    }

    location /hosts { urlmeta \$arg_url; urlmeta_hosts .wiki.com intranet; }
    location /https { urlmeta \$arg_url; urlmeta_schemes https; }
    location /minus { urlmeta \$arg_url; urlmeta_deny 93.184.216.0/24; }
    location /nat64 {
        urlmeta \$arg_url;
        urlmeta_deny 10.0.0.0/8;
        urlmeta_allow 64:ff9b::/96;
    }

    location /self { urlmeta \$arg_url; urlmeta_allow 127.0.0.1:%%PORT%%; }
    location /mine { urlmeta \$arg_url; urlmeta_allow $own; }
}
EOF
env http_proxy;
env https_proxy;
env HTTP_PROXY;
env HTTPS_PROXY;
env all_proxy;
env ALL_PROXY;
ENV
    map { $_ => "http://$proxy:3128" }
    qw(http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY)
});


# All that a client may send, in every request.

my %leak = map { $_ => "LEAK-$_" } qw(
    Accept Accept-Language Authorization Cache-Control Cookie DNT Forwarded
    From If-None-Match Origin Pragma Proxy-Authorization Range Referer
    Sec-Fetch-Site True-Client-IP User-Agent X-Api-Key X-Forwarded-For
    X-Forwarded-Host X-Original-URL X-Real-IP
);

$leak{Via} = '1.0 LEAK, 1.1 other-urlmeta (1.1 nothing)';

my $c = $n->connect(timeout => 20);
my @everything;


# The code of the answer and the URL as it was read.

sub ask {
    my ($url, $location) = @_;

    my $r = $c->get(($location || '/default') . '?url=' . url_encode($url),
                    headers => \%leak);
    my $code = $r->{code} == 200 ? 200
             : $r->{body} =~ /"code":"(\w+)"/ ? $1 : "status $r->{code}";

    return wantarray ? ($code, $r->header('X-Url'), $r) : $code;
}


# Runs code that asks and returns, by want(), who has to come for that: these in
# this order, and nobody else anywhere.  Connections to nginx itself, which the
# kernel counts too, are "elsewhere".

sub goes {
    my ($what, $code, $elsewhere) = @_;

    $canary->events;
    my $before = UrlMeta::Namespace::connections();

    my @want = $code->();

    my $opened = UrlMeta::Namespace::connections() - $before;
    my @events;

    wait_for(sub {
        push @events, $canary->events;
        return grep({ exists $_->{head} || $_->{tls} } @events) >= @want;
    }, 2);

    push @everything, @events;

    my @bad = UrlMeta::Canary::compare(\@want, \@events);
    my $connections = UrlMeta::Canary::connections(@events);

    push @bad, "$opened connections, $connections of them seen"
        if $opened != $connections + ($elsewhere || 0);

    is(join("\n", @bad[0 .. ($#bad > 9 ? 9 : $#bad)]), '',
       sprintf '%s: %d requests, %d connections, and no other', $what,
               scalar @want, $connections);
    return @events;
}


# A request for a URL in its canonical form, at the address that most have.

sub want {
    my ($url, @addresses) = @_;
    return UrlMeta::Canary::want($url, @addresses ? @addresses : $public);
}


# A code that says that a fetch came to its end; nobody speaks TLS here.

sub fine {
    my ($code, $url) = @_;
    return $code eq ($url =~ /^https/ ? 'tls_failed' : 200);
}


sub none {
    my ($name, @bad) = @_;
    ok(!@bad, $name) or diag(join "\n", @bad > 20 ? @bad[0 .. 19] : @bad);
    return;
}


SKIP: {
    skip 'no ../shared/security', 1 if !$dir;

    my @bad;

    goes('the list of URLs', sub {
        my @want;

        for my $case (grep { !$_->{dns} || !$_->{dns}{sequence} } @cases) {
            my ($code, $url) = ask($case->{url});
            my $allow = $case->{expect} eq 'allow';

            if ($allow ? !fine($code, $case->{redirect_to} || $url)
                       : $code ne $case->{code})
            {
                push @bad, "$case->{id}: $code";
                next;
            }

            push @bad, "$case->{id}: read as $url"
                if $case->{canonical} && $case->{canonical} ne $url;

            if ($allow || $case->{redirect_to}) {
                my $dns = $case->{dns} || {};
                push @want, want($url, map { @{$dns->{$_} || []} } qw(A AAAA));
            }

            my $to = $case->{redirect_to} or next;

            if ($case->{code} && $case->{code} eq 'redirect_limit') {
                push @want, (want('http://redirector.com/loop')) x 5;

            } elsif ($allow) {
                $to =~ s{^(?:\.\./|/)}{http://redirector.com/};
                $to =~ s{#.*}{};
                push @want, want($to);
            }
        }

        return @want;
    });

    none(@cases . ' cases', @bad);
}


# Addresses: written, as the answer of a name server, as a redirect's target.

{
    my @bad;

    goes('denied addresses', sub {
        my @want;

        for my $i (0 .. $#by_name) {
            my $url = 'http://' . literal($by_name[$i]) . '/';
            my $code = ask($url);
            push @bad, "$url: $code" if $code ne 'address_denied';

            $code = ask("http://d$i.ranges.com/");
            push @bad, "$by_name[$i] as an answer: $code"
                if $code ne 'address_denied';

            my $to = $i % 2 ? $url : "http://d$i.ranges.com/";
            my $hop = 'http://hop.com/to/' . unpack 'H*', $to;
            $code = ask($hop);
            push @bad, "a redirect to $to, $by_name[$i]: $code"
                if $code ne 'redirect_denied';
            push @want, want($hop);
        }

        return @want;
    });

    none(@denied . ' denied addresses and ' . @embedded . ' that embed one',
         @bad);

    @bad = ();

    goes('public neighbors', sub {
        my @want;

        for my $i (0 .. $#allowed) {
            my $url = 'http://' . literal($allowed[$i]) . '/';
            my $name = "http://a$i.ranges.com/";
            my $hop = 'http://hop.com/to/' . unpack 'H*', $url;

            for ($url, $name, $hop) {
                my $code = ask($_);
                push @bad, "$_, $allowed[$i]: $code" if $code ne 200;
            }

            push @want, want($url), want($name, $allowed[$i]), want($hop),
                        want($url);
        }

        return @want;
    });

    none(@allowed . ' public addresses', @bad);

    @bad = ();

    goes('metadata services', sub {
        for (map { $_->{host} } $ranges ? @{$ranges->{metadata_endpoints}} : ())
        {
            my $code = ask('http://' . literal($_) . '/');
            push @bad, "$_: $code"
                if $code ne (/[g-z]/ ? 'host_denied' : 'address_denied');
        }

        return;
    });

    none('metadata services are out of reach', @bad);
}


# Names that change their mind, and such that say both things at once.

{
    my (@bad, %lookups);
    my $through = 0;

    $d->clear;
    my $began = time;

    for my $pass (0, 1) {
        goes("rebinding, lookup " . ($pass + 1), sub {
            my @want;

            for my $i (1 .. $turns) {
                my $url = "http://r$i.attacker.com/$pass";
                my ($address) = @{$name{"r$i.attacker.com"}{sequence}[$pass]};
                my $good = $address eq $public || $address eq $public6;
                my $code = ask($url);

                $through++ if !$good && $code ne 'address_denied';
                push @bad, "$url, $address: $code"
                    if $code ne ($good ? 200 : 'address_denied');
                push @want, want($url, $address) if $good;
            }

            return @want;
        });

        # nginx keeps an answer of no life for the rest of a second
        my $left = $began + 2.1 - time;
        sleep $left if !$pass && $left > 0;
    }

    none("$turns rebindings, 0 through", $through ? "$through through" : (),
         @bad);

    @bad = ();
    $lookups{"$_->{name} $_->{type}"}++ for $d->queries;

    for my $i (1 .. $turns) {
        for (qw(A AAAA)) {
            my $count = delete $lookups{"r$i.attacker.com $_"} || 0;
            push @bad, "r$i $_: $count" if $count != 2;
        }
    }

    none('one lookup for each of them', @bad, sort keys %lookups);

    @bad = ();
    %lookups = ();
    $d->clear;

    goes('mixed answers', sub {
        for my $i (1 .. $turns) {
            my $code = ask("http://m$i.attacker.com/");
            push @bad, "m$i: $code" if $code ne 'address_denied';
        }

        return;
    });

    none("$turns mixed answers, 0 through", @bad);

    goes('hops', sub {
        is(ask('http://to-1.hop.com/'), 200, 'four redirects');
        return map { want("http://to-$_.hop.com/") } 1 .. 5;
    });

    $lookups{"$_->{name} $_->{type}"}++ for $d->queries;
    @bad = grep { $lookups{$_} != 1 } sort keys %lookups;
    is(scalar keys %lookups, 2 * ($turns + 5), 'A and AAAA of every name');
    none('one lookup a hop', @bad);
}


# Redirects.

my @redirects = (
    'http://127.0.0.1/', 'http://10.0.0.1/', 'http://169.254.169.254/latest/',
    'http://[::1]/', 'http://[::ffff:10.0.0.1]/', 'https://192.168.0.1/',
    '//172.16.0.1/', 'http://0/', 'http://0x7f.1/', 'http://127.1/',
    'http://localhost/', 'http://d0.ranges.com/', 'http://metadata.internal/',
    'http://hop.com:22/', 'http://hop.com:443/', 'https://hop.com:80/',
    'file:///etc/passwd', 'gopher://127.0.0.1:6379/_x', 'ftp://hop.com/',
    'dict://127.0.0.1:11211/', 'http://user@hop.com/', 'http:/\\10.0.0.1/',
    "http://$own/", 'unix:/var/run/docker.sock', 'http://hop.com%2f@10.0.0.1/',
);

is(scalar @redirects, 25, 'kinds of redirects');

my $last = 'http://hop.com/to/' . unpack 'H*', 'http://10.0.0.1/';

goes('redirects', sub {
    my @want;

    for (@redirects) {
        my $hop = 'http://hop.com/to/' . unpack 'H*', $_;
        is(ask($hop), 'redirect_denied', "redirect to $_");
        push @want, want($hop);
    }

    # three hops, then the address: four requests
    my @chain = $last;
    unshift @chain, 'http://hop.com/to/' . unpack 'H*', $chain[0] for 1 .. 3;
    is(ask($chain[0]), 'redirect_denied', 'at the end of a chain');

    return @want, map { want($_) } @chain;
});


# A page that names addresses is not obeyed.

goes('a page of addresses', sub {
    my @r = (ask('http://places.com/'), ask('http://places.com/xml'));
    is($r[0], 200, 'a page that names an address at '
                   . (3 + (() = $page{html} =~ /10\.0\.0\.1/g)) . ' places');
    is($r[3], 200, 'a document with entities');
    sleep 0.3;
    return want('http://places.com/'), want('http://places.com/xml');
});


# What is sent: one request line, and the headers that are documented.

my @lines = (
    '/%0d%0aX-Injected:%201', '/%0aX-Injected:%201', '/%00',
    '/%20HTTP/1.1%0d%0aHost:%2010.0.0.1%0d%0a%0d%0aGET%20/injected',
    '/?%0d%0a%0d%0aGET%20http://10.0.0.1/%20HTTP/1.1',
    "/\xe5\x98\x8d\xe5\x98\x8aX-Injected:1", "/\xe2\x80\xa8", "/\xc2\x85",
    '/%250d%250a', '/a;b=c', '/..%2f..%2f', '/*', '//10.0.0.1/',
    '/?url=http:/x',
);

my @injected = goes('request lines', sub {
    my @want;

    for (@lines) {
        my ($code, $url) = ask("http://line.com$_");
        is($code, 200, 'one line of ' . url_encode($_));
        push @want, want($url);
    }

    for ("/\r\nX-Injected: 1", "/\n", "/a b", "/\t", "/\0", "\r\n/") {
        is(ask("http://line.com$_"), 'url_invalid', 'refused: '
           . url_encode($_));
    }

    return @want;
});

my @set = goes('headers of our own', sub {
    is(ask('http://set.com/', '/headers'), 200, 'headers with line ends');
    return want('http://set.com/');
});


# Proxies of the environment, which would be another address.

goes('with proxies in the environment', sub {
    is(ask('http://proxied.com/'), 200, 'http_proxy');
    is(ask('https://proxied.com/'), 'tls_failed', 'https_proxy');
    return want('http://proxied.com/'), want('https://proxied.com/');
});


# Directives.

goes('urlmeta_ports, urlmeta_hosts, urlmeta_schemes', sub {
    my @of = (
        ['/port', 'http://10.1.1.1:8080/', 200],
        ['/port', 'http://10.1.1.1/', 'address_denied'],
        ['/port', 'http://[fd00::1]:8080/', 200],
        ['/port', 'http://ports.com:8080/', 200],
        ['/port', 'http://ports.com:8443/', 'port_denied'],
        ['/port', 'https://ports.com/', 'port_denied'],
        ['/hosts', 'http://wiki.com/', 200],
        ['/hosts', 'http://www.wiki.com/', 200],
        ['/hosts', 'http://intranet/', 200],
        ['/hosts', 'http://notwiki.com/', 'host_denied'],
        ['/hosts', "http://$public/", 'host_denied'],
        ['/hosts', 'http://localhost/', 'host_denied'],
        ['/https', 'http://any.com/', 'scheme_denied'],
        ['/minus', 'http://any.com/', 'address_denied'],
        ['/minus', "http://$public/", 'address_denied'],
        ['/minus', "http://[2001:470::5efe:$public]/", 'address_denied'],
        ['/minus', 'http://six.public.com/', 200],
        ['/nat64', 'http://[64:ff9b::a00:1]/', 'address_denied'],
        ['/nat64', 'http://[64:ff9b::5db8:d822]/', 200],
    );
    my @want;

    for (@of) {
        my ($location, $url, $code) = @$_;
        is(ask($url, $location), $code, "$location $url: $code");
        next if $code ne 200;

        push @want, want($url, $url =~ /six/ ? $public6 : ());
    }

    return @want;
});


# This server's own addresses.

goes('own addresses', sub {
    is(ask("http://$own/"), 'address_denied', 'where nginx listens');
    is(ask("http://[::ffff:$own]/"), 'address_denied', 'in another form');
    is(ask("http://[2001:470::5efe:$own]/"), 'address_denied', 'in a third');
    is(ask("http://$interface/"), 'address_denied', 'of an interface');
    is(ask("http://$own/", '/mine'), 200, 'unless it is allowed');
    return want("http://$own/");
});


# A fetch that comes back.

{
    my $self = "http://127.0.0.1:" . $n->port . '/self?url=';
    my $url = $self . url_encode($self . url_encode('http://any.com/'));

    goes('a loop', sub {
        is(ask($url, '/self'), 'upstream_status', 'a loop');
        return;
    }, 1);

    my @requests;

    # the outer one is logged after its answer was read
    wait_for(sub {
        @requests = grep { $_->{uri} =~ m{^/self} } $n->access_log;
        return @requests > 1;
    }, 2);

    is(join(' ', map { $_->{status} } @requests), '508 502',
       'two requests deep at most');

    for (['1.1 urlmeta', 508], ['1.0 fred, 1.1 URLMETA (x)', 508],
         ['HTTP/1.1 urlmeta', 508], ['1.1 urlmetas', 400],
         ['1.1 a (1.1 urlmeta)', 400], ['urlmeta', 400], ['', 400])
    {
        my ($via, $status) = @$_;
        my $r = $n->get('/default?url=x', headers => {Via => $via});
        is($r->{code}, $status, "Via: $via");
        is($r->json->{code}, 'loop_detected', 'its code') if $status == 508;
    }

    my $r = $n->get('/default?url=x', headers => [Via => '1.1 a',
                                                  Via => '1.1 urlmeta']);
    is($r->{code}, 508, 'the second of two');

    ask('http://any.com/', '/cached');
    is($n->card('http://any.com/', location => '/cached',
                headers => {Via => '1.1 urlmeta'})->{code}, 508, 'on a hit');
}


# Connections that are kept.

{
    my @events = goes('connections', sub {
        my $url = 'http://alive.com/';
        is(ask($url, '/wide'), 200, 'a location that may');

        # what was silent for a moment is used again, and not before
        select undef, undef, undef, 0.4;
        is(ask($url, '/wide'), 200, 'once more');
        is(ask($url), 'address_denied', 'one that may not');
        is(ask('http://10.1.1.1/'), 'address_denied', 'nor by address');
        is(ask($url, '/strict'), 200, 'one that resolves otherwise');
        select undef, undef, undef, 0.4;
        is(ask($url, '/wide'), 200, 'the first again');
        return (want($url, '10.1.1.1')) x 2, want($url, $plain),
               want($url, '10.1.1.1');
    });

    my %by = map { $_->{connection} => $_->{address} } @events;
    is(join(' ', sort grep { /^10/ } values %by), '10.1.1.1',
       'the one connection to 10.1.1.1 was used again');
}


# A refused address tells nothing.

{
    my %bodies;
    my @urls = (
        'http://10.0.0.1/', 'http://127.0.0.1:8080/', "http://$own/",
        'http://[::1]/', 'http://[64:ff9b::a00:1]/', 'http://d0.ranges.com/',
        'http://m1.attacker.com/', 'http://r4.attacker.com/',
    );

    for my $url (@urls) {
        for my $location ('/default', '/cached', '/cached') {
            next if $url =~ m{//r4} && $location eq '/default';
            my ($code, undef, $r) = ask($url, $location);
            my $raw = $r->{raw};
            $raw =~ s/^(?:Date|Content-Length|X-Url):.*\r\n//mg;
            $raw =~ s/"url":"[^"]*"//;
            push @{$bodies{$raw}}, $url if $url !~ m{//r4} || $code ne 200;
        }
    }

    is(scalar keys %bodies, 1, 'one answer for all, headers too')
        or diag(join "\n", keys %bodies);
    my ($body) = keys %bodies;
    unlike($body, qr/10\.0|127\.|::1|d0/, 'which names no address');
}


# Cases that are made from those of the list; the oracle judges them.

SKIP: {
    my ($python) = grep { -x } map { "$_/python3" } split /:/, $ENV{PATH};
    skip 'no python3', 1 if !$python;
    skip 'no ../shared/security', 1 if !$dir;

    my $seed = $ENV{TEST_URLMETA_SEED} || 20260718;
    my $number = $ENV{TEST_URLMETA_CASES} || 2000;
    note("seed $seed");

    my ($status, $output) = run(60, $python, 't/ssrf/cases.py', $dir, $number,
                                $seed);
    is($status, 0, 'cases made') or diag($output);

    my (@bad, %kinds);

    goes("$number URLs of seed $seed", sub {
        my @want;

        for (split /\n/, $output) {
            my $case = $json->decode($_);
            my ($code, $url) = ask($case->{url}, '/plain');
            my $allow = $case->{expect} eq 'allow';
            my $good = $allow ? fine($code, $case->{canonical})
                                && $url eq $case->{canonical}
                              : $code eq $case->{code};

            $kinds{$allow ? 'allowed' : $case->{code}}++;
            push @bad, url_encode($case->{url}) . ": $code, "
                       . ($case->{code} || $case->{canonical})
                if !$good;
            push @want, want($case->{canonical}, $plain) if $allow && $good;
        }

        return @want;
    });

    none("$number cases, the oracle agrees", @bad);

    # the same as targets of redirects, as far as a header can hold them

    my $redirects = 0;
    @bad = ();

    goes('redirects to them', sub {
        my @want;

        for (split /\n/, $output) {
            my $case = $json->decode($_);
            my $to = $case->{url};
            utf8::encode($to);

            next if $to !~ /\A[A-Za-z][A-Za-z0-9+.-]*:/ || length $to > 900
                    || $to =~ /[\0\r\n]|\A[ \t]|[ \t]\z/
                    || ++$redirects % 2;

            my $hop = 'http://hop.com/to/' . unpack 'H*', $to;
            my $code = ask($hop, '/plain');
            my $allow = $case->{expect} eq 'allow';

            push @bad, url_encode($to) . ": $code"
                if $allow ? !fine($code, $case->{canonical})
                          : $code ne 'redirect_denied';
            push @want, want($hop, $plain);
            push @want, want($case->{canonical}, $plain) if $allow;
        }

        return @want;
    });

    none(int($redirects / 2) . ' of them as redirects', @bad);
    note(join ', ', map { "$kinds{$_} $_" } sort keys %kinds);
}


# Rebinding within a fetch: where the second lookup lies, it is refused.

SKIP: {
    skip 'no ../shared/security', 1 if !$dir;

    my @bad;

    goes('rebinding cases of the list', sub {
        my @want;

        for my $turn (0, 1) {
            sleep 2.1 if $turn;

            for my $case (grep { $_->{dns} && $_->{dns}{sequence} } @cases) {
                my @answers = @{$case->{dns}{sequence}};
                my ($address) = @{$answers[$turn]{A}};
                my $code = ask("$case->{url}$turn");
                my $good = $address eq $public;

                push @bad, "$case->{id}: $code"
                    if $code ne ($good ? 200 : $case->{code});
                push @want, want("$case->{url}$turn") if $good;
            }
        }

        return @want;
    });

    none('each lookup is judged by itself', @bad);
}


# All that was sent.

{
    my (%sets, @leaks);
    my $requests = 0;

    for my $event (UrlMeta::Canary::requests(@everything)) {
        my (undef, @headers) = split /\r\n/, $event->{head};
        my ($host) = grep { /^Host:/ } @headers;
        push @leaks, $event->{head} if $event->{head} =~ /LEAK|X-Injected: /
                                       && $host ne 'Host: set.com';
        $requests++;
        next if $host eq 'Host: set.com';
        $sets{join "\n", sort grep { !/^Host:/ } @headers}++;
    }

    none('nothing of the client', @leaks);
    is(scalar keys %sets, 1, "one set of headers in $requests requests");

    my ($set) = keys %sets;
    like($set, qr{\AAccept-Encoding:\ gzip\n
                  Accept:\ text/html[^\n]*\n
                  User-Agent:\ ngx_urlmeta/[\d.]+\n
                  Via:\ 1\.1\ urlmeta\z}x, 'which is the documented one');

    my ($head) = map { $_->{head} } UrlMeta::Canary::requests(@set);
    my @headers = split /\r\n/, $head;
    is(scalar(grep { /^X-Injected/ } @headers), 0, 'no header by a line end');
    is_deeply([sort map { /^([^:]+):/ } @headers],
              [qw(Accept Accept-Encoding Accept-Language Host User-Agent Via
                  X-Ours)], 'and those that the directives add');

    # the peer's judgment has never been the one that was needed
    is(scalar(() = $n->error_log =~ /libcurl was about to/g), 0,
       'no address came as far as libcurl that should not');
}

diag(sprintf '%d requests upstream, %.1f s',
     scalar UrlMeta::Canary::requests(@everything), time - $started);

done_testing();
