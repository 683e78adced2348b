#!/usr/bin/perl

# Stale cards: when they are sent, when not, and how the target is left in
# peace after a failure.  Time passes in the state file: what is in it is made
# older while nginx is down.

use lib 't/lib';
use UrlMeta::Test;
use UrlMeta::State qw(state_age);
use Time::HiRes qw(time);

my $zone = 'urlmeta_cache_zone zone=cards:10m state=cards.state;';

sub older {
    my ($n, $seconds) = @_;
    $n->stop;
    state_age($n->dir . '/cards.state', $seconds);
    $n->start;
    return;
}

sub page {
    my ($title, @headers) = @_;
    @headers = ('Cache-Control' => 'max-age=100') if !@headers;
    return [200, ['Content-Type' => 'text/html', @headers],
            "<!doctype html><title>$title</title><p>text"];
}

my $refused = free_port();

# how a target can fail

my %failure = (
    close => 'close',
    reset => 'reset',
    hang => 'hang',
    denied => [302, [Location => 'http://127.0.0.2:' . $refused . '/'], ''],
    junk => \"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    half => [200, ['Content-Type' => 'text/html', 'Content-Length' => 1000],
             '<ti', {close => 1}],
    coding => [200, ['Content-Type' => 'text/html',
                     'Content-Encoding' => 'x-nope'], 'x'],
    large => [200, ['Content-Type' => 'text/html', 'X-Large' => 'x' x 40000],
              ''],
    asked => [429, ['Retry-After' => '100'], ''],
    asked_little => [429, ['Retry-After' => '5'], ''],
    asked_much => [503, ['Retry-After' => '86400'], ''],
    asked_other => [500, ['Retry-After' => '100'], ''],
    map { $_ => [$_, 'text/html', ''] } qw(400 401 403 404 410 429 500 501 502
                                           503 504 520 599),
);

# a path is /word/how.../where: good at first, or as often as the word says

my $o = origin(sub {
    my ($socket, $request) = @_;
    my (undef, $word, $how) = split m{/}, $request->{path};
    my $count = $request->{count};

    return [302, [Location => $request->{path}], ''] if $how eq 'loop';

    if ($how eq 'after') {
        return [302, [Location => '/cold/503/behind', 'Retry-After' => '100'],
                ''];
    }

    if ($word eq 'cold') {
        return $failure{$how};
    }

    if ($word eq 'warm') {
        return $count == 1 ? page($how) : $failure{$how};
    }

    if ($word eq 'again') {
        return $count == 1 || $count == 4 ? page($how) : $failure{$how};
    }

    if ($word eq 'good') {
        return page("good $count");
    }

    if ($word eq 'slow') {
        my @page = @{page("slow $count")};
        return $count == 1 ? \@page : [@page, {delay => 1.5}];
    }

    if ($word eq 'stated') {
        (my $says = $how) =~ tr/+_/,=/;
        return $count > 1 && $request->{path} =~ m{/fails} ? $failure{500}
             : page("stated $count", 'Cache-Control' => $says);
    }

    return [404, [], ''];
}, keepalive => 0);

# use_stale: what covers what

my %covers = (
    error => [qw(close reset junk half coding large)],
    timeout => ['hang'],
    http_500 => [500],
    http_502 => [502],
    http_503 => [503],
    http_504 => [504],
    http_5xx => [500 .. 504, 520, 599],
    http_403 => [403],
    http_404 => [404, 410],
    http_429 => [429],
    off => [],
    'http_403 http_429' => [403, 429],
    'error http_500' => [qw(close reset junk half coding large), 500],
    '' => [qw(close reset junk half coding large hang), 500 .. 504, 520, 599],
);

my @kinds = (qw(close reset junk half coding large hang denied), 400, 401,
             403, 404, 410, 429, 500 .. 504, 520, 599);
my @values = sort keys %covers;

my $locations = join '', map {
    my $directive = $values[$_] eq '' ? ''
                  : "urlmeta_cache_use_stale $values[$_];";
    qq(
    location /use$_ {
        urlmeta \$arg_url;
        urlmeta_cache_stale while_revalidate=0;
        $directive
    })
} 0 .. $#values;

my $conf = <<"EOF";
    @{[allow($o)]}
    urlmeta_cache cards;
    urlmeta_read_timeout 700ms;
    urlmeta_timeout 2s;
    urlmeta_log_level info;
    add_header X-Cache \$urlmeta_cache_status always;

    location /card { urlmeta \$arg_url; urlmeta_cache_bypass \$arg_fresh; }
    location /wait {
        urlmeta \$arg_url;
        urlmeta_timeout 10s;
        urlmeta_read_timeout 10s;
        urlmeta_cache_background_update off;
    }
    location /slow {
        urlmeta \$arg_url;
        urlmeta_timeout 10s;
        urlmeta_read_timeout 10s;
    }
    location /no404 { urlmeta \$arg_url; urlmeta_cache_valid 404 0; }
    location /window {
        urlmeta \$arg_url;
        urlmeta_cache_stale while_revalidate=100s if_error=500s;
    }
    location /strict {
        urlmeta \$arg_url;
        urlmeta_cache_bounds 0 7d;
    }
    $locations
EOF

my $n = nginx($conf, http => $zone);

sub ask {
    my ($path, $location, $arguments) = @_;
    return $n->card($o->url($path), location => $location || '/card',
                    arguments => $arguments || '', timeout => 20);
}

sub brief {
    my ($r) = @_;
    return "$r->{code} $r->{header}{'x-cache'}";
}

# each use_stale with each failure; then again, which asks nobody

my (@rows, %code);

for my $i (0 .. $#values) {
    for my $kind (@kinds) {
        my %covered = map { $_ => 1 } @{$covers{$values[$i]}};
        push @rows, {path => "/warm/$kind/$i", location => "/use$i",
                     name => "use_stale $values[$i]: $kind", kind => $kind,
                     covered => $covered{$kind} ? 1 : 0};
    }
}

my $bad = 0;
for (@rows) {
    $bad++ if brief(ask($_->{path}, $_->{location})) ne '200 MISS';
}
is($bad, 0, scalar @rows . ' cards');

older($n, 150);

sub uri {
    my ($row) = @_;
    return "$row->{location}?url=" . url_encode($o->url($row->{path}));
}

my @slow = grep { $_->{kind} eq 'hang' } @rows;
my @answers = $n->parallel(map { uri($_) } @slow);
$slow[$_]{first} = $answers[$_] for 0 .. $#slow;

for (@rows) {
    $_->{first} ||= ask($_->{path}, $_->{location});
    $_->{second} = ask($_->{path}, $_->{location});
}

my $count = $o->counts;

for my $row (@rows) {
    my $first = brief($row->{first});
    my $second = brief($row->{second});
    my $gone = $row->{kind} =~ /^4(?:04|10)$/;
    my $failed = $gone ? 404 : $row->{kind} eq 'hang' ? 504 : 502;
    my $expected = $row->{covered} ? '200 STALE' : "$failed EXPIRED";
    my $again = $gone && !$row->{covered} ? '404 HIT' : $expected;

    ok($first eq $expected && $second eq $again
       && $count->{$row->{path}} == 2, $row->{name})
        or diag("$first, then $second, $count->{$row->{path}} requests: "
                . "expected $expected, then $again, 2 requests");
}

# the statuses of an update

my $r = ask('/slow/x/background', '/slow');
is(brief($r), '200 MISS', 'a miss');
is(brief(ask('/slow/x/wait', '/wait')), '200 MISS', 'another');
is(brief(ask('/slow/x/wait', '/wait')), '200 HIT', 'a hit');
older($n, 150);

$r = ask('/slow/x/background', '/slow');
is(brief($r), '200 STALE', 'background: the first gets the stale card');
ok($r->{time} < seconds(1), 'at once');
is($r->{header}{'cache-control'}, 'public, max-age=0', 'with nothing left');
ok($r->{header}{age} >= 150 && $r->{header}{age} < 170, 'and its age');
is($r->json->{title}, 'slow 1', 'it is the old one');

$r = ask('/slow/x/background', '/slow');
is(brief($r), '200 UPDATING', 'the others too');

ok(wait_for(sub {
    brief(ask('/slow/x/background', '/slow')) eq '200 HIT';
}), 'until there is a new one');
is(ask('/slow/x/background', '/slow')->json->{title}, 'slow 2', 'the new one');
is($o->count('/slow/x/background'), 2, 'one refresh');

my $uri = '/wait?url=' . url_encode($o->url('/slow/x/wait'));
my $c = $n->connect;
my $start = time;
$c->send($c->message('GET', $uri));
wait_for(sub { $o->count('/slow/x/wait') == 2 });
$r = ask('/slow/x/wait', '/wait');
is(brief($r), '200 UPDATING', 'no background: others get the stale card');
$r = $c->response;
is(brief($r), '200 EXPIRED', 'the one that refreshes it waits');
is($r->json->{title}, 'slow 2', 'and gets the new one');
ok(time - $start > 1, 'for as long as it takes');
is($o->count('/slow/x/wait'), 2, 'one refresh');
$c->close;

# how long: by the directive, and by the page

my @windows = (
    # what is stated, seconds over, whether the refresh fails, outcome
    [50, '', 0, '200 STALE'],
    [150, '', 0, '200 EXPIRED'],
    [150, '', 1, '200 STALE'],
    [450, '', 1, '200 STALE'],
    [550, '', 1, '502 EXPIRED'],
    [50, 'stale-while-revalidate=20', 0, '200 EXPIRED'],
    [50, 'stale-while-revalidate=80', 0, '200 STALE'],
    [150, 'stale-while-revalidate=9000', 0, '200 EXPIRED'],
    [150, 'stale-if-error=80', 1, '502 EXPIRED'],
    [150, 'stale-if-error=200', 1, '200 STALE'],
    [550, 'stale-if-error=9000', 1, '502 EXPIRED'],
    [50, 'stale-if-error=0', 1, '200 STALE'],
    [50, 'stale-if-error=0, stale-while-revalidate=0', 1, '502 EXPIRED'],
    [50, 'must-revalidate', 0, '200 EXPIRED'],
    [50, 'must-revalidate', 1, '502 EXPIRED'],
    [50, 'proxy-revalidate', 1, '502 EXPIRED'],
    [50, 's-maxage', 1, '502 EXPIRED'],
    [900, 'no-cache', 0, '200 EXPIRED'],
    [900, 'no-cache', 1, '502 EXPIRED'],
    [900, 'no-store', 1, '502 EXPIRED'],
    [900, 'private', 1, '502 EXPIRED'],
    [50, 'must-revalidate, stale-if-error=90', 1, '502 EXPIRED'],
);

sub window {
    my ($i) = @_;
    my ($over, $more, $fails) = @{$windows[$i]};
    my $name = $more eq 's-maxage' ? 's-maxage' : 'max-age';
    my $says = "${name}_" . (1000 - $over)
               . ($more eq '' || $more eq 's-maxage' ? '' : ", $more");
    $says =~ tr/,=/+_/;
    $says =~ s/ //g;
    return "/stated/$says/$i" . ($fails ? '/fails' : '');
}

$bad = 0;
for (0 .. $#windows) {
    $bad++ if brief(ask(window($_), '/window')) ne '200 MISS';
}
is($bad, 0, 'cards with times of their own');

older($n, 1000);

for (0 .. $#windows) {
    my ($over, $more, $fails, $expected) = @{$windows[$_]};
    is(brief(ask(window($_), '/window')), $expected, "$over s over"
       . ($fails ? ', failing' : '') . ($more ? ": $more" : ''));
}

# gone is gone, also where nobody waited for it

for (['/warm/404/a', '/card', '404 HIT'], ['/warm/410/a', '/card', '404 HIT'],
     ['/warm/404/b', '/no404', '404 MISS'])
{
    ask(@$_[0, 1]);
}

older($n, 150);

for (['/warm/404/a', '/card', '404 HIT'], ['/warm/410/a', '/card', '404 HIT'],
     ['/warm/404/b', '/no404', '404 MISS'])
{
    my ($path, $location, $expected) = @$_;
    is(brief(ask($path, $location)), '200 STALE', "$path: was good");
    wait_for(sub { brief(ask($path, $location)) eq $expected });
    is(brief(ask($path, $location)), $expected, 'is gone');
}

# a bypass that fails takes away no card; one that says 404 does

is(brief(ask('/warm/500/b')), '200 MISS', 'a card');
is(brief(ask('/warm/500/b', '/card', '&fresh=1')), '502 BYPASS',
   'a bypass that fails');
is(brief(ask('/warm/500/b')), '200 HIT', 'the card is there');
is(brief(ask('/warm/404/c')), '200 MISS', 'a card');
is(brief(ask('/warm/404/c', '/card', '&fresh=1')), '404 BYPASS',
   'a bypass that finds it gone');
is(brief(ask('/warm/404/c')), '404 HIT', 'the card, too');

# how long an error is kept: x, 2x, 4x ... up to 600 s where it may be over any
# moment

my @ladder = (
    ['cold', 'close', 30, 1], ['cold', 'reset', 30, 1],
    ['cold', 'hang', 60, 1], ['cold', 'junk', 60], ['cold', 'half', 60],
    ['cold', 'coding', 300], ['cold', 'large', 300], ['cold', 'loop', 300],
    ['cold', 'denied', 300], ['cold', 401, 300], ['cold', 403, 300],
    ['cold', 404, 600], ['cold', 410, 3600], ['cold', 429, 30, 1],
    ['cold', 500, 30, 1], ['cold', 503, 30, 1], ['cold', 599, 30, 1],
    ['cold', 'asked', 100], ['cold', 'asked_little', 30],
    ['cold', 'asked_much', 3600], ['cold', 'asked_other', 30, 1],
    ['cold', 'after', 30, 1],
    ['warm', 'close', 30, 1], ['warm', 'hang', 60, 1], ['warm', 'junk', 60],
    ['warm', 500, 30, 1], ['warm', 503, 30, 1], ['warm', 'asked_much', 3600],
    ['again', 500, 30, 1],
);

my @key = map { {word => $_->[0], how => $_->[1], valid => $_->[2],
                 double => $_->[3], expires => 0, failures => 0, count => 0,
                 good => 0, path => "/$_->[0]/$_->[1]/ladder", wrong => []}
              } @ladder;

sub ladder {
    my ($now) = @_;

    my @asked = grep { abs($_->{expires} - $now) > 8 || $_->{count} == 0 }
                     @key;

    # in parallel, for those that hang
    my @r = $n->parallel(map { '/card?url=' . url_encode($o->url($_->{path})) }
                             @asked);

    my $hangs = 0;

    for my $i (0 .. $#asked) {
        my $key = $asked[$i];
        my $what = "$now s: " . brief($r[$i]);
        my $fetched = $key->{count} == 0 || $key->{expires} < $now;

        if ($fetched) {
            $key->{count}++;
            $hangs = 1 if $key->{how} eq 'hang' && $key->{good};

            if ($key->{word} eq 'warm' && $key->{count} == 1
                || $key->{word} eq 'again' && $key->{count} =~ /^[14]$/)
            {
                $key->{expires} = $now + 100;
                $key->{failures} = 0;
                $key->{good} = 1;

            } else {
                my $valid = $key->{valid}
                            * 2 ** ($key->{double} ? $key->{failures} : 0);
                $valid = 600 if $key->{double} && $valid > 600;
                $key->{expires} = $now + $valid;
                $key->{failures}++;
            }
        }

        my $good = $r[$i]{code} == 200;
        push @{$key->{wrong}}, $what if $good != $key->{good};
    }

    # what goes on in the background

    wait_for(sub {
        my $count = $o->counts;
        return !grep { $_->{how} ne 'loop'
                       && $count->{$_->{path}} != $_->{count} } @key;
    }, 3);

    $count = $o->counts;

    for (@key) {
        my $count = $count->{$_->{path}};
        $count /= 6 if $_->{how} eq 'loop';
        push @{$_->{wrong}}, "$now s: $count requests, not $_->{count}"
            if $count != $_->{count};
    }

    # ... and, where that takes its time, until it is over

    select undef, undef, undef, seconds(1.2) if $hangs;
    return;
}

my $clock = 0;
ladder(0);

for (20, 20, 70, 20, 60, 60, 60, 150, 150, 300, 300, 300, 700) {
    older($n, $_);
    ladder($clock += $_);
}

for (@key) {
    ok(!@{$_->{wrong}}, "$_->{word} $_->{how}: $_->{valid} s"
       . ($_->{double} ? ' and longer' : '') . ", $_->{count} requests in "
       . "$clock s") or diag(join "\n", @{$_->{wrong}});
}

done_testing();
