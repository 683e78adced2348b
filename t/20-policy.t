#!/usr/bin/perl

# Which addresses, ports and schemes may be asked for.

use lib 't/lib';
use UrlMeta::Test;

use JSON::PP ();

my $o = origin('*' => [200, 'text/html', '<title>Inside</title>']);
my $p = origin('*' => [200, 'text/html', '<title>Other</title>']);
my ($a, $b) = ($o->port, $p->port);

my $n = nginx(<<"EOF");
    location /default { urlmeta \$arg_url; }
    location /address { urlmeta \$arg_url; urlmeta_allow 127.0.0.1; }
    location /one { urlmeta \$arg_url; urlmeta_allow 127.0.0.1:$a; }
    location /range {
        urlmeta \$arg_url;
        urlmeta_allow 127.0.0.0/8;
        urlmeta_ports $a;
    }
    location /order {
        urlmeta \$arg_url;
        urlmeta_deny 127.0.0.1:$b;
        urlmeta_allow 127.0.0.1;
        urlmeta_ports 1024-65535;
    }
    location /all { urlmeta \$arg_url; urlmeta_allow all; urlmeta_ports $a; }
    location /none { urlmeta \$arg_url; urlmeta_deny all; }
EOF

sub code {
    my ($url, $location) = @_;
    my $r = $n->card($url, location => $location);
    return $r->{code} == 200 ? 200 : $r->json->{code};
}

is(code($o->url('/'), '/default'), 'address_denied', 'loopback, by default');
is(code($o->url('/'), '/address'), 'port_denied',
   'an allowed address has its ports yet');
is(code($o->url('/'), '/one'), 200, 'address and port');
is(code($p->url('/'), '/one'), 'address_denied', 'another port of it');
is(code($o->url('/'), '/range'), 200, 'a range and a port');
is(code($p->url('/'), '/range'), 'port_denied', 'a port not listed');
is(code($o->url('/'), '/order'), 200, 'rules in their order: allowed');
is(code($p->url('/'), '/order'), 'address_denied',
   'rules in their order: denied');
is(code($o->url('/'), '/all'), 200, 'allow all');
is(code('http://8.8.8.8/', '/none'), 'address_denied', 'deny all');
is(code('http://localhost/', '/default'), 'host_denied', 'localhost');
is(code('http://intranet/', '/default'), 'host_denied', 'a single label');

my $before = $o->connections + $p->connections;

# one body, whatever was the reason, but for the URL

my %bodies;

for ('http://127.0.0.1/', 'http://10.0.0.1/', 'http://[::1]/',
     'http://169.254.169.254/')
{
    my $r = $n->card($_, location => '/default');
    (my $body = $r->{body}) =~ s/"url":"[^"]*"//;
    $bodies{$body} = 1;
    is($r->{code}, 403, "$_: 403");
}

is(scalar keys %bodies, 1, 'one body for all of them');

# every range of the registries, by its first and last address

SKIP: {
    my $file = shared_path('security/special-ranges.json');
    skip 'no ../shared/security', 1 if !$file;

    my $ranges = JSON::PP->new->utf8->decode(read_file($file));
    my $c = $n->connect;
    my ($good, @bad) = (0);

    for my $range (map { @{$ranges->{$_}} }
                   qw(iana_ipv4 iana_ipv6 beyond_iana))
    {
        for my $address (grep { defined } @{$range}{qw(first last)}) {
            my $host = $address =~ /:/ ? "[$address]" : $address;
            my $r = $c->get('/default?url=' . url_encode("http://$host/"));
            my $code = $r->json ? $r->json->{code} : '';

            if ($r->{code} == 403 && $code eq 'address_denied') {
                $good++;

            } else {
                push @bad, "$address: $r->{code} $code";
            }
        }
    }

    $c->close;

    ok($good >= 100, "special ranges: $good addresses");
    is_deeply(\@bad, [], 'all of them denied');
}

is($o->connections + $p->connections, $before, 'nobody was connected to');

# text is judged on a hit too

my $m = nginx(<<"EOF");
    urlmeta_cache cards;
    add_header X-Cache \$urlmeta_cache_status always;
    location /wide { urlmeta \$arg_url; urlmeta_allow 127.0.0.1:$a; }
    location /strict { urlmeta \$arg_url; }
EOF

is($m->card($o->url('/'), location => '/wide')->{code}, 200, 'wide');
is($m->card($o->url('/'), location => '/wide')->{header}{'x-cache'}, 'HIT',
   'wide, a hit');

is($m->card($o->url('/'), location => '/strict')->{code}, 403,
   'a stricter location does not see it');

done_testing();
