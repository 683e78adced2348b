#!/usr/bin/perl

# urlmeta_status: the counters move by what was done and by nothing else, in
# each format, whatever becomes of the workers.

use lib 't/lib';
use UrlMeta::Test;

use Digest::SHA qw(sha256_base64);
use IO::Compress::Gzip qw(gzip);
use JSON::PP ();
use POSIX qw(_exit);

my $page = '<title>Page</title><meta property="og:image" content="/i.png">'
           . '<meta name="description" content="x">' . '<p>text</p>' x 500;

gzip(\$page => \my $gzipped);

my $o = origin(
    '*' => [200, 'text/html', $page],
    '/404' => [404, 'text/html', ''],
    '/from' => [302, {Location => '/to'}, ''],
    '/gzip' => [200, {'Content-Type' => 'text/html',
                      'Content-Encoding' => 'gzip'}, $gzipped],
    '/slow' => [200, 'text/html', $page, {delay => 1}],
    '/slower' => [200, 'text/html', $page, {delay => 2}],
    '/slowest' => [200, 'text/html', $page, {delay => 3}],
    '/hang' => 'hang',
    '/many' => [200, 'text/html',
                join '', map { "<meta name=\"m$_\" content=\"$_\">"
                               . "<a href=\"/$_\">$_</a>" } 1 .. 20000],
);

my $http = <<'EOC';
    urlmeta_cache_zone zone=cards:1m;
    urlmeta_cache_zone 'zone=a"b\\c\nd<e>:128k';
EOC

my $status = <<'EOC';
    location = /json { urlmeta_status json; }
    location = /prometheus { urlmeta_status prometheus; }
    location = /html { urlmeta_status html; }
EOC

my $conf = <<"EOC";
    @{[allow($o)]}
    urlmeta_cache cards;

    location /card { urlmeta \$arg_url; }
    location /off {
        urlmeta \$arg_url; urlmeta_cache off; urlmeta_read_timeout 8s;
    }
    location /bypass { urlmeta \$arg_url; urlmeta_cache_bypass 1; }
    location /grace { urlmeta \$arg_url; urlmeta_cache_valid 200 1s; }
    location /short {
        urlmeta \$arg_url;
        urlmeta_cache_valid 200 1s;
        urlmeta_cache_use_stale off;
    }
    location /details {
        urlmeta \$arg_url; urlmeta_details on; urlmeta_cache off;
    }
    $status
EOC

my $n = nginx($conf, workers => 4, http => $http);


# All numbers of the JSON under dotted names; times and buckets are left out.

sub flat {
    my ($value, $name, $flat) = @_;

    if (ref $value eq 'HASH') {
        flat($value->{$_}, $name eq '' ? $_ : "$name.$_", $flat)
            for keys %$value;

    } elsif (!ref $value && $value =~ /^\d+$/
             && $name !~ /^(?:time|since|workers|zones\.)|\.sum$|_over_/)
    {
        $flat->{$name} = $value;
    }

    return $flat;
}


sub numbers {
    my ($server) = @_;
    my $r = $server->get('/json');
    return flat($r->json || {}, '', {});
}


sub difference {
    my ($before, $after) = @_;
    return {map { $_ => $after->{$_} - ($before->{$_} || 0) }
            grep { $after->{$_} != ($before->{$_} || 0) } keys %$after};
}


# Exactly these numbers change, by so much; '+' is any number.  A short answer
# may be here before its worker has counted it.

sub moves {
    my ($server, $what, $expected, $code) = @_;

    my $before = numbers($server);
    $code->();

    my $got;

    wait_for(sub {
        $got = difference($before, numbers($server));

        for (keys %$expected) {
            return 0 if !$got->{$_}
                        || ($expected->{$_} ne '+'
                            && $got->{$_} != $expected->{$_});
        }

        return 1;
    }, 2);

    my %want = map {
        $_ => $expected->{$_} eq '+' ? $got->{$_} || 'more' : $expected->{$_}
    } keys %$expected;

    is_deeply($got, \%want, $what);
    return;
}


my %fetch = (
    'fetches.started' => 1, 'fetches.results.ok' => 1,
    'fetches.received_bytes' => '+', 'fetches.decoded_bytes' => length $page,
    'parsing.slices' => '+', 'histograms.fetch.count' => 1,
    'histograms.miss.count' => 1, 'histograms.parse.count' => 1,
    'requests.status.2xx' => 1,
);

my %failed = (
    'fetches.started' => 1, 'fetches.received_bytes' => '+',
    'histograms.fetch.count' => 1, 'histograms.miss.count' => 1,
);

my $etag;

is_deeply([grep { $_ } values %{numbers($n)}], [], 'all begins at 0');

moves($n, 'a miss', {%fetch, 'requests.cache_status.MISS' => 1},
      sub { $etag = $n->card($o->url('/a'))->header('etag') });
moves($n, 'a hit', {
    'requests.cache_status.HIT' => 1, 'requests.status.2xx' => 1,
}, sub { $n->card($o->url('/a')) });
moves($n, 'a hit by HEAD', {
    'requests.cache_status.HIT' => 1, 'requests.status.2xx' => 1,
}, sub { $n->head('/card?url=' . url_encode($o->url('/a'))) });
moves($n, 'a 304', {
    'requests.cache_status.HIT' => 1, 'requests.status.304' => 1,
}, sub { $n->card($o->url('/a'), headers => {'If-None-Match' => $etag}) });
moves($n, 'no cache', {%fetch, 'requests.cache_status.OFF' => 1},
      sub { $n->card($o->url('/a'), location => '/off') });
moves($n, 'a bypass', {%fetch, 'requests.cache_status.BYPASS' => 1},
      sub { $n->card($o->url('/a'), location => '/bypass') });

$n->card($o->url('/grace'), location => '/grace');
select undef, undef, undef, 1.2;

{
    my %refresh = (%fetch, 'requests.cache_status.STALE' => 1,
                   'fetches.background' => 1);
    delete $refresh{'histograms.miss.count'};
    moves($n, 'a stale card, and its refresh', \%refresh,
          sub { $n->card($o->url('/grace'), location => '/grace') });
}

$n->card($o->url('/short'), location => '/short');
select undef, undef, undef, 1.2;
moves($n, 'an expired card', {%fetch, 'requests.cache_status.EXPIRED' => 1},
      sub { $n->card($o->url('/short'), location => '/short') });

moves($n, 'a URL that cannot be read', {
    'requests.cache_status.OFF' => 1, 'requests.status.4xx' => 1,
    'requests.errors.url_invalid' => 1,
}, sub { $n->card('nonsense') });
moves($n, 'a wrong method', {
    'requests.cache_status.OFF' => 1, 'requests.status.4xx' => 1,
    'requests.errors.method_not_allowed' => 1,
}, sub { $n->request('POST', '/card?url=x', body => '') });
moves($n, 'a 404 of the target', {
    %failed, 'requests.cache_status.MISS' => 1, 'requests.status.4xx' => 1,
    'requests.errors.upstream_status' => 1,
    'fetches.results.upstream_status' => 1,
}, sub { $n->card($o->url('/404')) });
moves($n, 'the same from the cache', {
    'requests.cache_status.HIT' => 1, 'requests.status.4xx' => 1,
    'requests.errors.upstream_status' => 1,
}, sub { $n->card($o->url('/404')) });

my %refused = %failed;
delete $refused{'fetches.received_bytes'};

moves($n, 'an address that nobody listens at', {
    %refused, 'requests.cache_status.OFF' => 1, 'requests.status.5xx' => 1,
    'requests.errors.connect_failed' => 1,
    'fetches.results.connect_failed' => 1,
}, sub {
    my $port = free_port();
    $n->reload($conf . "location /dead { urlmeta \$arg_url; urlmeta_cache off;"
                     . " urlmeta_allow 127.0.0.1:$port; }");
    $n->card("http://127.0.0.1:$port/", location => '/dead');
});

moves($n, 'a redirect', {
    %fetch, 'requests.cache_status.OFF' => 1, 'fetches.redirects' => 1,
}, sub { $n->card($o->url('/from'), location => '/off') });

{
    my $before = numbers($n);
    $n->card($o->url('/gzip'), location => '/off');
    my $d = difference($before, numbers($n));
    is($d->{'fetches.decoded_bytes'}, length $page, 'gzip: decoded bytes');
    cmp_ok($d->{'fetches.received_bytes'}, '>', length $gzipped,
           'gzip: received bytes');
    cmp_ok($d->{'fetches.received_bytes'}, '<', length($gzipped) + 500,
           'gzip: header and what was compressed');
}

{
    my $before = $n->get('/json')->json->{parsing};
    my $r = $n->card($o->url('/many'), location => '/details');
    is($r->{code}, 200, 'a page with much in it');
    my $after = $n->get('/json')->json;
    cmp_ok($after->{parsing}{slices_over_1ms}, '>', $before->{slices_over_1ms},
           'a slice of over 1 ms');
    cmp_ok($after->{parsing}{slices_over_1ms}, '>=',
           $after->{parsing}{slices_over_10ms}, 'and of over 10 ms');

    my $h = $after->{histograms}{parse};
    is($h->{unit}, 'us', 'parse time: unit');
    cmp_ok($h->{sum}, '>', 1000, 'parse time: sum');
    cmp_ok($h->{buckets}[0]{count}, '<', $h->{count}, 'parse time: buckets');
}


# One worker, one fetch at a time.

{
    my $one = nginx(<<"EOC", http => 'urlmeta_max_fetches 1;');
    @{[allow($o)]}
    urlmeta_cache cards;
    location /card { urlmeta \$arg_url; }
    $status
EOC

    my $before = numbers($one);
    my @client = map { $one->connect } 1 .. 5;
    my @path = qw(/slow /slow /slow /slower /hang);

    for (0 .. 4) {
        my $url = url_encode($o->url($path[$_]));
        $client[$_]->send($client[$_]->message('GET', "/card?url=$url"));
        select undef, undef, undef, 0.05;
    }

    is_deeply(difference($before, numbers($one)), {
        'fetches.started' => 3, 'fetches.queued' => 2, 'fetches.joined' => 2,
        'fetches.active' => 1, 'fetches.waiting' => 2,
    }, 'active and waiting fetches, requests that joined');

    $client[4]->close;
    ok(wait_for(sub { numbers($one)->{'requests.aborted'} }, 3),
       'a client that left');

    $client[$_]->response for 0 .. 3;

    my $d = difference($before, numbers($one));
    is($d->{'requests.cache_status.MISS'}, 4, 'answered requests');
    is($d->{'requests.aborted'}, 1, 'one that was not');
    is($d->{'fetches.waiting'}, undef, 'nothing waits');

    my $h = $one->get('/json')->json->{histograms}{miss};
    is($h->{count}, 4, 'times of misses');
    cmp_ok($h->{sum}, '>=', 3500, 'their sum');
    my %le = map { $_->{le} => $_->{count} } @{$h->{buckets}};
    is($le{500}, 0, 'none took less than 500 ms');
    is($le{10000}, 4, 'all less than 10 s');

    # a killed worker takes its fetch with it, but what was counted stays

    my $hangs = $one->connect;
    $hangs->send($hangs->message('GET', '/card?url='
                                        . url_encode($o->url('/hang'))));
    ok(wait_for(sub { numbers($one)->{'fetches.active'} }, 3),
       'a fetch hangs');

    my $kept = numbers($one);
    $one->kill_worker;
    my $after = numbers($one);
    is_deeply(difference($kept, $after), {'fetches.active' => -1},
              'kill -9 loses nothing');
    $one->stop('TERM');
}


# Four workers at a time.

{
    $n->reload($conf);

    my $before = numbers($n);
    my ($clients, $each) = (8, 250);
    my $uri = '/card?url=' . url_encode($o->url('/a'));
    my @pid;

    for (1 .. $clients) {
        my $pid = fork;
        die "fork: $!" if !defined $pid;

        if ($pid == 0) {
            my ($good, $client) = (0, $n->connect);
            for (1 .. $each) {
                $good++ if $client->get($uri)->{code} == 200;
            }
            _exit($good == $each ? 0 : 1);
        }

        push @pid, $pid;
    }

    my $bad = 0;
    for (@pid) {
        waitpid $_, 0;
        $bad++ if $?;
    }

    is($bad, 0, 'all were answered');
    is_deeply(difference($before, numbers($n)), {
        'requests.cache_status.HIT' => $clients * $each,
        'requests.status.2xx' => $clients * $each,
    }, 'each was counted once');

    my %worker = map { $_->{worker} => 1 } $n->access_log;
    cmp_ok(scalar keys %worker, '>', 1, 'by several workers');
}


# A reload keeps the numbers; an old worker goes on counting.

{
    my $since = $n->get('/json')->json->{since};
    my $before = numbers($n);
    my $client = $n->connect;
    $client->send($client->message('GET', '/off?url='
                                   . url_encode($o->url('/slowest'))));
    wait_for(sub { numbers($n)->{'fetches.active'} }, 3);

    $n->reload($conf);

    my $now;
    wait_for(sub { ($now = $n->get('/json')->json)->{workers} == 5 }, 2);
    is($now->{workers}, 5, 'reload: an old worker');
    is($now->{fetches}{active}, 1, 'reload: with its fetch');
    is($client->response->{code}, 200, 'reload: answered');
    $n->wait_old;

    my $d = difference($before, numbers($n));
    is($d->{'requests.cache_status.OFF'}, 1, 'reload: counted');
    is($d->{'fetches.active'}, undef, 'reload: no longer active');
    is_deeply([grep { $d->{$_} < 0 } keys %$d], [], 'reload: nothing lost');

    $now = $n->get('/json')->json;
    is($now->{since}, $since, 'reload: counting since then');
    is($now->{workers}, 4, 'reload: the old worker has gone');

    $before = numbers($n);
    $n->kill_worker for 1 .. 3;
    is_deeply(difference($before, numbers($n)), {}, 'kill -9: nothing lost');

    $n->reload($status);
    is_deeply(difference($before, numbers($n)), {},
              'reload: urlmeta_status alone keeps them');
    $n->reload($conf);
    is_deeply(difference($before, numbers($n)), {}, 'and back');
}


# A zone of another layout, made so here by hand.

sub other_layout {
    my ($pid) = @_;
    no warnings 'portable';    # addresses of 64 bits

    open my $mem, '+<:raw', "/proc/$pid/mem" or return "mem: $!";

    for (split /\n/, read_file("/proc/$pid/maps")) {
        my ($from, $to) = /^([0-9a-f]+)-([0-9a-f]+) rw-s/ or next;
        ($from, $to) = map { hex } $from, $to;

        my $text;
        sysseek $mem, $from, 0;
        next if !sysread $mem, $text, $to - $from;

        my $at = index $text, pack 'L', 0x75726c63;
        next if $at < 0;

        sysseek $mem, $from + $at + 4, 0;
        syswrite $mem, pack('L', 7) or return "write: $!";
        return '';
    }

    return 'no zone found';
}

{
    my $why = other_layout(($n->worker_pids)[0]);

    SKIP: {
        skip "the zone cannot be changed: $why", 3 if $why =~ /^(?:mem|write):/;

        is($why, '', 'another layout');
        $n->reload;
        $n->wait_old;
        is_deeply([grep { $_ } values %{numbers($n)}], [], 'starts clean');
        moves($n, 'and counts', {
            'requests.cache_status.HIT' => 1, 'requests.status.2xx' => 1,
        }, sub { $n->card($o->url('/a')) });
    }
}


# Prometheus: each line, as the exposition format 0.0.4 has it.

my $number = qr/[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf|NaN)/;
my $label = qr/[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"/;

sub parse {
    my ($text) = @_;

    my (%type, %help, %sample, %ended, @bad);
    my ($family, $line) = ('', 0);

    push @bad, 'no line end at the end' if $text !~ /\n\z/;

    for (split /\n/, $text) {
        $line++;

        if (/^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/) {
            my ($what, $name, $rest) = ($1, $2, $3);

            if ($name ne $family) {
                push @bad, "$line: $name again" if $ended{$name};
                $ended{$family} = 1;
                $family = $name;
            }

            my $of = $what eq 'TYPE' ? \%type : \%help;
            push @bad, "$line: $what twice" if exists $of->{$name};
            push @bad, "$line: $what after samples"
                if grep { /^\Q$name\E(?:\{|$)/ } keys %sample;
            push @bad, "$line: type $rest" if $what eq 'TYPE'
                && $rest !~ /^(?:counter|gauge|histogram|summary|untyped)$/;
            push @bad, "$line: help" if $what eq 'HELP'
                && $rest =~ /\\(?![\\n])/;
            $of->{$name} = $rest;
            next;
        }

        if (!/^([a-zA-Z_:][\w:]*)(?:\{($label(?:,$label)*)?\})? ($number)$/) {
            push @bad, "$line: $_";
            next;
        }

        my ($name, $labels, $value) = ($1, $2 // '', $3);
        my $base = $name;
        $base =~ s/_(?:bucket|sum|count)$//
            if ($type{$family} || '') eq 'histogram';

        push @bad, "$line: $name within $family" if $base ne $family;
        push @bad, "$line: no type" if !exists $type{$family};
        push @bad, "$line: no help" if !exists $help{$family};
        push @bad, "$line: counter without _total"
            if ($type{$family} || '') eq 'counter' && $name !~ /_total$/;
        push @bad, "$line: gauge with _total"
            if ($type{$family} || '') eq 'gauge' && $name =~ /_total$/;
        push @bad, "$line: sample twice" if exists $sample{"$name\{$labels}"};
        $sample{"$name\{$labels}"} = $value;
    }

    for my $name (grep { $type{$_} eq 'histogram' } sort keys %type) {
        my ($last_le, $last) = (-1, 0);

        for (sort { $a->[0] <=> $b->[0] }
             map { /^\Q$name\E_bucket\{le="([^"]*)"\}$/
                   ? [$1 eq '+Inf' ? 9**9**9 : $1, $sample{$_}] : () }
             keys %sample)
        {
            push @bad, "$name: buckets" if $_->[1] < $last;
            ($last_le, $last) = @$_;
        }

        push @bad, "$name: no +Inf" if $last_le != 9**9**9;
        push @bad, "$name: count" if $last != $sample{"$name\_count{}"};
        push @bad, "$name: no sum" if !exists $sample{"$name\_sum{}"};
    }

    return (\%sample, \%type, @bad);
}

# the parser sees mistakes

for (["# HELP a b\n# TYPE a counter\na 1\n", 'counter without _total'],
     ["# HELP a b\n# TYPE a gauge\na 1\na 2\n", 'sample twice'],
     ["# HELP a b\n# TYPE a gauge\na{x=\"\\q\"} 1\n", 'a{x='],
     ["# HELP a b\n# TYPE a gauge\na{x=\"y\" z=\"\"} 1\n", 'a{x='],
     ["a 1\n", 'no type'], ["# TYPE a gauge", 'no line end'],
     ["# HELP h b\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\n"
      . "h_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n", 'h: buckets'])
{
    my ($text, $what) = @$_;
    my (undef, undef, @bad) = parse($text);
    ok(scalar grep({ /\Q$what\E/ } @bad), "caught: $what") or diag("@bad");
}

my $r = $n->get('/prometheus');
my ($sample, $type, @bad) = parse($r->{body});

is($r->{code}, 200, 'Prometheus: status');
is($r->header('content-type'), 'text/plain; version=0.0.4; charset=utf-8',
   'Prometheus: content type');
is(join("\n", @bad), '', 'Prometheus: every line');
is($sample->{'urlmeta_requests_total{cache_status="HIT"}'},
   numbers($n)->{'requests.cache_status.HIT'}, 'Prometheus: a number');
is($sample->{'urlmeta_zone_size_bytes{zone="cards"}'}, 1048576,
   'Prometheus: a zone');
is($sample->{'urlmeta_zone_size_bytes{zone="a\"b\\\\c\nd<e>"}'}, 131072,
   'Prometheus: a label is escaped');
is($type->{urlmeta_fetch_duration_seconds}, 'histogram',
   'Prometheus: a histogram');

# the same numbers as JSON has

{
    my $flat = numbers($n);
    my ($fresh) = parse($n->get('/prometheus')->{body});
    my $sum = 0;
    my $same = qr/^urlmeta_(?:requests|responses|errors|fetches)_total/;
    $sum += $fresh->{$_} for grep { /$same/ } keys %$fresh;
    my $json = 0;
    $same = qr/^requests\.[^.]+\.|^fetches\.results\./;
    $json += $flat->{$_} for grep { /$same/ } keys %$flat;
    is($sum, $json, 'Prometheus and JSON agree');

    # a sum of milliseconds as seconds
    $n->card($o->url('/slow'), location => '/off');
    my $ms = $n->get('/json')->json->{histograms}{fetch}{sum};
    ($fresh) = parse($n->get('/prometheus')->{body});
    cmp_ok($ms, '>=', 900, 'time of a slow fetch');
    is($fresh->{'urlmeta_fetch_duration_seconds_sum{}'}, $ms / 1000,
       'in seconds');
}

SKIP: {
    my ($promtool) = grep { -x } map { "$_/promtool" } split /:/, $ENV{PATH};
    skip 'no promtool', 1 if !$promtool;

    my $file = write_file(temp_dir('promtool') . '/metrics', $r->{body});
    my ($code, $output) = run(20, 'sh', '-c',
                              "'$promtool' check metrics < '$file'");
    is($code, 0, 'promtool') or diag($output);
}


# The documentation has each metric, with its type and its key, and no other;
# rules and the dashboard know no other, either.

{
    my $text = read_file('docs/metrics.md');
    my %described;
    my %key = map { $_ => 1 } qw(version time since workers);

    for my $group (qw(requests fetches parsing histograms)) {
        $key{"$group.$_"} = 1 for keys %{$n->get('/json')->json->{$group}};
    }

    $key{$_} = 1 for keys %{$n->get('/json')->json->{zones}{cards}};

    while ($text =~ /^\|\ (?:`(\w+)(?:\{(\w+)\})?`\ \|\ (\w+))?[ |]+
                     `([\w.]+)`\ \|/mgx)
    {
        my ($name, $label, $of, $where) = ($1, $2, $3, $4);
        ok(delete $key{$where}, "documented: JSON $where");
        next if !defined $name;

        $described{$name} = 1;
        is($of, $type->{$name}, "documented: $name: type");

        my ($line) = grep { /^\Q$name\E(?:\{|_bucket)/ } keys %$sample;
        my ($is) = $line =~ /\{(?!le=)(\w+)=/;
        is($label, $is, "documented: $name: label");
    }

    is(join(' ', sort keys %key), '', 'every key is documented');
    is_deeply([sort keys %described], [sort keys %$type],
              'every metric is documented');

    my $dashboard = read_file('conf-examples/grafana-dashboard.json');
    my $board = eval { JSON::PP->new->utf8->decode($dashboard) };
    ok($board, 'the dashboard is JSON');

    my @expression = map { $_->{expr} } map { @{$_->{targets}} }
                     @{$board->{panels}};
    cmp_ok(scalar @expression, '>', 15, 'the dashboard has expressions');

    my @rule = $text =~ /- alert: (\w+)/g;
    cmp_ok(scalar @rule, '>=', 8, 'alert rules');
    push @expression, $text =~ /^```(?:yaml|promql)\n(.*?)^```/msg;

    my %known = %$sample;
    my @unknown;

    for my $expression (@expression) {
        while ($expression =~ /\b(urlmeta_\w+)(?:\{([^}]*)\})?/g) {
            my ($name, $labels) = ($1, $2 // '');
            next if $name =~ /^urlmeta_(?:max_fetches|max_body_size|cache_valid
                                         |error)$/x;
            push @unknown, $name
                if !grep { /^\Q$name\E\{/ } keys %known;

            while ($labels =~ /(\w+)(=~?|!=)"([^"]*)"/g) {
                my ($label, $value) = ($1, $3);
                next if $label eq 'job';
                push @unknown, "$name\{$label=$value}"
                    if !grep { /^\Q$name\E\{$label="(?:$value)"/ } keys %known;
            }
        }
    }

    is("@unknown", '', 'rules and panels ask for what is there');
}


# JSON.

$r = $n->get('/json');
is($r->header('content-type'), 'application/json; charset=utf-8',
   'JSON: content type');
is($r->header('cache-control'), 'no-store', 'JSON: no-store');
is($r->header('x-content-type-options'), 'nosniff', 'JSON: nosniff');
is_deeply([sort keys %{$r->json}],
          [sort qw(version time since workers requests fetches parsing
                   histograms zones)], 'JSON: keys');
is_deeply([sort keys %{$r->json->{requests}{cache_status}}],
          [sort qw(OFF MISS BYPASS EXPIRED STALE UPDATING REVALIDATED HIT)],
          'JSON: cache statuses');

my @code = read_file('ngx_urlmeta_module/core/error.c')
           =~ /\[URLMETA_E_(?!NONE)\w+\] = \{\s*"(\w+)"/g;
cmp_ok(scalar @code, '>', 30, 'error codes');
is_deeply([sort keys %{$r->json->{requests}{errors}}], [sort @code],
          'JSON: every error code');
is_deeply([sort keys %{$r->json->{fetches}{results}}],
          [sort 'ok', 'not_modified', @code], 'JSON: every result');
is_deeply([sort keys %{$r->json->{zones}}], ["a\"b\\c\nd<e>", 'cards'],
          'JSON: zones');
cmp_ok($r->json->{zones}{cards}{entries}, '>=', 1, 'JSON: entries');
cmp_ok($r->json->{zones}{cards}{chunks}, '>',
       $r->json->{zones}{cards}{chunks_used}, 'JSON: chunks');


# HTML.

$r = $n->get('/html');
is($r->header('content-type'), 'text/html; charset=utf-8',
   'HTML: content type');
is($r->header('cache-control'), 'no-store', 'HTML: no-store');

my ($style) = $r->{body} =~ m{<style>(.*?)</style>}s;
my $hash = sha256_base64($style);
$hash .= '=' while length($hash) % 4;
like($r->header('content-security-policy'),
     qr/^default-src 'none'; style-src 'sha256-\Q$hash\E';/, 'HTML: policy');
unlike($r->{body}, qr/<script|\son\w+=|\sstyle=|https?:/i,
       'HTML: no script, nothing from elsewhere');
like($style, qr/prefers-color-scheme:dark/, 'HTML: dark, too');
like($r->{body}, qr{<h2>Zone a&quot;b\\c\nd&lt;e&gt;</h2>}, 'HTML: escaped');
like($r->{body}, qr{class="sub">HIT</th><td class="n">\d+</td>},
     'HTML: a number');

my (@open, @wrong);

while ($r->{body} =~ m{<(/?)([a-z]\w*)}g) {
    next if $2 eq 'meta';
    if (!$1) {
        push @open, $2;
    } elsif (($open[-1] || '') eq $2) {
        pop @open;
    } else {
        push @wrong, $2;
    }
}

is("@open@wrong", '', 'HTML: every element is closed');


# Methods.

for my $uri ('/json', '/prometheus', '/html') {
    my $get = $n->get($uri);
    my $head = $n->head($uri);
    is($head->{code}, 200, "HEAD $uri");
    is($head->header('content-type'), $get->header('content-type'),
       "HEAD $uri: type");
    is($head->{body}, '', "HEAD $uri: no body");
    ok($head->header('content-length'), "HEAD $uri: length");

    for my $method ('POST', 'DELETE') {
        my $answer = $n->request($method, $uri, body => 'x');
        is($answer->{code}, 405, "$method $uri");
        is($answer->header('allow'), 'GET, HEAD', "$method $uri: Allow");
    }
}


# Configurations.

for (
    ['location / { urlmeta_status; }', qr/invalid number of arguments/],
    ['location / { urlmeta_status xml; }', qr/invalid value "xml"/],
    ['location / { urlmeta_status jsonp; }', qr/invalid value "jsonp"/],
    ['location / { urlmeta_status $arg_f; }', qr/invalid value "\$arg_f"/],
    ['location / { urlmeta_status json html; }', qr/invalid number/],
    ['location / { urlmeta_status json; urlmeta_status html; }',
     qr/is duplicate/],
    ['location / { urlmeta $arg_url; urlmeta_status json; }',
     qr/is incompatible with "urlmeta"/],
    ['location / { urlmeta_status json; urlmeta $arg_url; }',
     qr/is incompatible with "urlmeta_status"/],
    ['urlmeta_status json;', qr/is not allowed here/],
    ['location / { urlmeta $arg_url; urlmeta_cache urlmeta_metrics; }',
     qr/already declared for a different use/],
)
{
    my ($text, $message) = @$_;
    my ($ok, $output) = conf_test($text);
    ok(!$ok, "refused: $text");
    like($output, $message, 'and says why');
}

ok(scalar conf_test($status), 'urlmeta_status without urlmeta');

{
    my $only = nginx(<<'EOC');
    location /status {
        urlmeta_status json;
        limit_except GET { deny all; }
        if ($arg_x) { set $y 1; }
    }
EOC

    is($only->get('/status')->json->{requests}{aborted}, 0, 'alone');
    is($only->get('/status?x=1')->json->{requests}{aborted}, 0, 'with "if"');
    is($only->request('POST', '/status', body => '')->{code}, 403,
       'with "limit_except"');
}

done_testing();
