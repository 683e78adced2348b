#!/usr/bin/perl

# Politeness to one target host: rate, burst, connections at a time.

use lib 't/lib';
use UrlMeta::Test;

my $o = origin('*' => [200, 'text/html', '<title>Page</title>']);
my $slow = origin('*' => [200, 'text/html', '<title>Slow</title>',
                          {delay => 0.3}]);

my $d = dns({map { ("$_.test.com" => ['127.0.0.1']) } qw(one two)});

my $n = nginx(<<"EOF", workers => 2);
    resolver @{[$d->address]} ipv6=off;
    @{[allow($o, $slow)]}
    urlmeta_cache cards;

    location /card {
        urlmeta \$arg_url;
        urlmeta_host_limit rate=60r/m burst=5 conn=100;
    }
    location /conn {
        urlmeta \$arg_url;
        urlmeta_host_limit rate=1000r/s burst=1000 conn=2;
    }
    location /off { urlmeta \$arg_url; urlmeta_host_limit off; }
EOF

my %code;
my $busy;

for (1 .. 20) {
    my $r = $n->card($o->url("/$_", 'one.test.com'));
    my $code = $r->{code} == 200 ? 200 : $r->json->{code};
    $code{$code}++;
    $busy = $r if $code eq 'host_busy';
}

# the burst, the first one, and what a slow machine's seconds add; counted in
# all workers together
ok($code{200} >= 6 && $code{200} <= 6 + seconds(4), "$code{200} of 20")
    or diag(join ' ', %code);
is($code{200} + $code{host_busy}, 20, 'the others: host_busy');
is($busy->{code}, 503, 'host_busy is 503');
like($busy->{header}{'retry-after'}, qr/^[12]$/, 'with Retry-After');
is($o->connections <= $code{200}, 1, 'nobody was asked for them');

is($n->card($o->url('/1', 'one.test.com'))->{code}, 200,
   'a hit is not limited');
is($n->card($o->url('/1', 'two.test.com'))->{code}, 200,
   'nor is another host');
is($n->card($o->url('/off', 'one.test.com'), location => '/off')->{code}, 200,
   'nor is a location without a limit');

select undef, undef, undef, 1.2;
is($n->card($o->url('/later', 'one.test.com'))->{code}, 200,
   'a second later there is one again');

# two at a time in a worker; the others wait for their turn

my $m = nginx(<<"EOF");
    @{[allow($slow)]}
    urlmeta_cache cards;
    location /conn {
        urlmeta \$arg_url;
        urlmeta_host_limit rate=1000r/s burst=1000 conn=2;
    }
EOF

my @r = $m->parallel(map { '/conn?url=' . url_encode($slow->url("/$_")) }
                     1 .. 6);
is(scalar(grep { $_->{code} == 200 } @r), 6, 'six, two at a time');
my @time = sort { $a <=> $b } map { $_->{time} } @r;
ok($time[2] > 0.55 && $time[5] > 0.85, 'in three rounds')
    or diag("@time");

# and of all workers together

my $most = 0;
my $counted = origin('*' => sub {
    my ($socket, $request) = @_;
    return [200, 'text/html', '<title>Slow</title>', {delay => 0.4}];
});
my $workers = nginx(<<"EOF", workers => 4);
    @{[allow($counted)]}
    urlmeta_cache cards;
    add_header X-Worker \$pid always;
    location /conn {
        urlmeta \$arg_url;
        urlmeta_host_limit rate=1000r/s burst=1000 conn=2;
    }
EOF

@r = $workers->parallel(map { '/conn?url=' . url_encode($counted->url("/$_")) }
                        1 .. 6);
is(scalar(grep { $_->{code} == 200 } @r), 6, 'all workers: all answered');
my %by = map { $_->{header}{'x-worker'} => 1 } @r;
@time = sort { $a <=> $b } map { $_->{time} } @r;

SKIP: {
    skip 'one worker took all', 1 if keys %by < 2;
    ok($time[2] > 0.75 && $time[4] > 1.1, 'two at a time over '
       . keys(%by) . ' workers') or diag("@time");
}

# Retry-After is obeyed for all of the host

my $tired = origin(
    '/tired' => [429, {'Retry-After' => 120, 'Content-Type' => 'text/html'},
                 ''],
    '*' => [200, 'text/html', '<title>Page</title>'],
);
my $dead = free_port();
my $e = nginx(<<"EOF", workers => 2);
    @{[allow($tired)]}
    urlmeta_allow 127.0.0.3:$dead;
    urlmeta_cache cards;
    urlmeta_host_limit rate=1000r/s burst=1000;
    location /card { urlmeta \$arg_url; }
    location /off { urlmeta \$arg_url; urlmeta_host_limit off; }
EOF

is($e->card($tired->url('/before'))->{code}, 200, 'a host that answers');
is($e->card($tired->url('/tired'))->{code}, 502, 'says that it is asked a lot');

my $r = $e->card($tired->url('/after'));
is($r->{code}, 503, 'its other URLs wait');
is($r->json->{code}, 'host_busy', 'host_busy');
ok($r->{header}{'retry-after'} > 100 && $r->{header}{'retry-after'} <= 120,
   "Retry-After: $r->{header}{'retry-after'}");
is($tired->count('/after'), 0, 'it was not asked');
is($e->card($tired->url('/before'))->{code}, 200, 'what is kept is given');
is($e->card($tired->url('/off'), location => '/off')->{code}, 200,
   'not where there is no limit');

# a dead host is left alone, longer and longer

my %dead;

for (1 .. 60) {
    $r = $e->card("http://127.0.0.3:$dead/$_");
    $dead{$r->json->{code}}++;
}

ok($dead{connect_failed} >= 3 && $dead{connect_failed} <= 3 + seconds(2),
   "a dead host was asked $dead{connect_failed} times for 60 URLs")
    or diag(join ' ', %dead);
is($dead{connect_failed} + $dead{host_busy}, 60, 'the others: host_busy');

# a place that a redirect leaves is taken at once

my $far = origin('*' => [200, 'text/html', '<title>Far</title>',
                         {delay => 3}], listen => '127.0.0.2');
my $near = origin(
    '/away' => [302, {Location => $far->url('/')}, '', {delay => 0.2}],
    '*' => [200, 'text/html', '<title>Near</title>'],
);

my $w = nginx(<<"EOF");
    @{[allow($near)]}
    urlmeta_allow 127.0.0.2:@{[$far->port]};
    urlmeta_cache cards;
    location /card {
        urlmeta \$arg_url;
        urlmeta_host_limit rate=1000r/s burst=1000 conn=1;
    }
EOF

my ($first, $second) = map { scalar $w->connect } 1, 2;
$first->send($first->message('GET', '/card?url='
                             . url_encode($near->url('/away'))));
wait_for(sub { $near->count('/away') }, 5);
$second->send($second->message('GET', '/card?url='
                               . url_encode($near->url('/next'))));
is($second->response->{code}, 200, 'a redirect to elsewhere makes room');
$_->close for $first, $second;

for (['rate=0r/s', qr/invalid parameter "rate=0r\/s"/],
     ['rate=5', qr/invalid parameter "rate=5"/],
     ['burst=x', qr/invalid parameter "burst=x"/],
     ['conn=0', qr/invalid parameter "conn=0"/],
     ['off rate=1r/s', qr/invalid parameter "off"/])
{
    my ($value, $message) = @$_;
    my ($ok, $output) = conf_test("urlmeta_host_limit $value;\n"
                                  . 'location / { urlmeta $arg_url; }');
    ok(!$ok, "refused: $value");
    like($output, $message, 'and named');
}

done_testing();
