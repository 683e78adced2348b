#!/usr/bin/perl

# Names: nginx's resolver and nobody else, every address judged, one pinned.

use lib 't/lib';
use UrlMeta::Test;

use Time::HiRes qw(time);

my $o = origin('*' => [200, 'text/html', '<title>Named</title>']);
my $closed = free_port();

my $d = dns({
    'site.test.com' => ['127.0.0.1'],
    'six.test.com' => ['::1', '127.0.0.1'],
    'mixed.test.com' => ['127.0.0.1', '10.0.0.1'],
    'mixed6.test.com' => ['127.0.0.1', '::ffff:127.0.0.1'],
    'private.test.com' => ['10.1.2.3'],
    'none.test.com' => 'nxdomain',
    'empty.test.com' => 'empty',
    'bad.test.com' => 'servfail',
    'silent.test.com' => 'silent',
    'alias.test.com' => {cname => 'site.test.com',
                         addresses => ['127.0.0.1']},
    'rebind.test.com' => {sequence => [['127.0.0.1'], ['169.254.169.254']],
                          ttl => 0},
    'second.test.com' => ['127.0.0.2', '127.0.0.1'],
});

my $n = nginx(<<"EOF");
    resolver @{[$d->address]} valid=1s ipv6=off;
    resolver_timeout 1s;
    urlmeta_allow 127.0.0.1:@{[$o->port]} 127.0.0.2:@{[$o->port]};
    urlmeta_connect_timeout 1s;

    location /card { urlmeta \$arg_url; }
    location /hit { urlmeta \$arg_url; urlmeta_cache cards; }
    location /slow {
        urlmeta \$arg_url;
        urlmeta_connect_timeout 10s;
    }

    location /six {
        urlmeta \$arg_url;
        resolver @{[$d->address]} valid=1s;
    }
EOF

my $r = $n->card($o->url('/', 'site.test.com'));
is($r->{code}, 200, 'a name');
is($r->json->{title}, 'Named', 'its title');
is($r->json->{host}, 'site.test.com', 'its host');
is(($o->requests('/'))[0]{header}{host}, 'site.test.com:' . $o->port, 'Host');
is($d->count('site.test.com'), 1, 'one lookup');

is($n->card($o->url('/', 'alias.test.com'))->{code}, 200, 'a CNAME');

for (['mixed', 403, 'address_denied'], ['private', 403, 'address_denied'],
     ['none', 502, 'dns_not_found'], ['bad', 502, 'dns_failed'])
{
    my ($name, $status, $code) = @$_;
    $r = $n->card($o->url('/', "$name.test.com"));
    is($r->{code}, $status, "$name: status");
    is($r->json->{code}, $code, "$name: code");
}

for ('six', 'mixed6') {
    $r = $n->card($o->url('/', "$_.test.com"), location => '/six');
    is($r->json->{code}, 'address_denied', "$_: a denied IPv6 address");
}

my $connections = $o->connections;
my %code;

for (1 .. 6) {
    $r = $n->card($o->url("/$_", 'rebind.test.com'));
    $code{$r->{code}}++;
}

# nginx's resolver may keep an answer for a second: both kinds may come, and
# each is judged
ok(!grep({ $_ != 200 && $_ != 403 } keys %code), 'rebinding: 200 or 403');
is($o->connections - $connections <= ($code{200} || 0), 1,
   'rebinding: a connection only for a 200');

# an address that nobody listens at is not the last word

$r = $n->card($o->url('/', 'second.test.com'));
is($r->{code}, 200, 'the second address');

# who resolves otherwise sees other cards

my $other = dns({'site.test.com' => ['127.0.0.2']});

my $m = nginx(<<"EOF");
    urlmeta_allow 127.0.0.1:@{[$o->port]} 127.0.0.2:@{[$o->port]};
    urlmeta_cache cards;
    location /one { urlmeta \$arg_url; resolver @{[$d->address]} ipv6=off; }
    location /two { urlmeta \$arg_url; resolver @{[$other->address]} ipv6=off; }
EOF

is($m->card($o->url('/', 'site.test.com'), location => '/one')->{code}, 200,
   'a view of names');
is($m->card($o->url('/', 'site.test.com'),
            location => '/two')->json->{code}, 'connect_failed',
   'another view has cards of its own');

# a dead name server: an answer in time, and hits of the worker go on

$n->card($o->url('/hit', 'site.test.com'), location => '/hit');

sub hits {
    my ($times) = @_;
    my $c = $n->connect;
    my @took;

    for (1 .. $times) {
        my $start = time;
        my $r = $c->get('/hit?url=' . url_encode($o->url('/hit',
                                                         'site.test.com')));
        push @took, time - $start;
        die 'no hit' if $r->{code} != 200;
    }

    $c->close;
    @took = sort { $a <=> $b } @took;
    return $took[@took / 2];
}

my $usual = hits(200);
my $start = time;
my @slow = map {
    my $c = $n->connect;
    $c->send($c->message('GET', '/card?url='
                         . url_encode($o->url("/$_", 'silent.test.com'))));
    $c;
} 1 .. 20;

my $meanwhile = hits(200);

my @r = map { $_->response } @slow;
my $took = time - $start;

is(scalar(grep { $_->{code} == 504 && $_->json->{code} eq 'dns_timeout' } @r),
   20, 'a dead name server: 504, dns_timeout');
ok($took > 0.9 && $took < 1 + seconds(3), 'at the limit') or diag($took);
ok($meanwhile < 10 * $usual + seconds(0.01), 'hits take their time meanwhile')
    or diag("$meanwhile $usual");
diag(sprintf 'a hit: %.3f ms, beside a dead name server %.3f ms, ratio %.2f',
     1000 * $usual, 1000 * $meanwhile, $meanwhile / $usual);

# resolver_timeout counts where it is shorter

$start = time;
$r = $n->card($o->url('/', 'silent.test.com'), location => '/slow');
is($r->json->{code}, 'dns_timeout', 'resolver_timeout');
ok(time - $start < 1 + seconds(4), 'in time');

# libcurl resolves nothing: no thread, no socket to a name server but nginx's

my ($worker) = $n->worker_pids;
my @threads = glob "/proc/$worker/task/*";
is(scalar @threads, 1, 'one thread');

done_testing();
