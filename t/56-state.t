#!/usr/bin/perl

# What a reload keeps and a restart brings back.

use lib 't/lib';
use UrlMeta::Test;
use UrlMeta::State qw(state_age);

my $o = origin(
    '/404' => [404, 'text/html', ''],
    '*' => sub {
        my ($socket, $request) = @_;
        return [200, ['Content-Type' => 'text/html',
                      'Cache-Control' => 'max-age=1000', Age => '100'],
                "<title>$request->{path} $request->{count}</title><p>x"];
    },
);

my $conf = <<"EOF";
    @{[allow($o)]}
    urlmeta_cache cards;
    add_header X-Cache \$urlmeta_cache_status always;
    location /card { urlmeta \$arg_url; urlmeta_format \$arg_format; }
    location /purge { urlmeta \$arg_url; urlmeta_cache_purge 1; }
EOF

sub zone {
    my ($size, $more) = @_;
    return "urlmeta_cache_zone zone=cards:$size $more;";
}

my $n;

sub card {
    my ($path, $more) = @_;
    return $n->card($o->url($path), arguments => $more || '');
}

sub status {
    my ($path, $more) = @_;
    return card($path, $more)->{header}{'x-cache'};
}

sub warnings {
    my ($nginx) = @_;
    return grep { /\[warn\].*urlmeta/ } split /\n/, $nginx->error_log;
}

# a restart: cards, formats and errors, as old as they are

$n = nginx($conf, http => zone('1m', 'state=cards.state'), workers => 2);
my $file = $n->dir . '/cards.state';

my $first = card('/a');
is($first->{header}{'x-cache'}, 'MISS', 'a card');
is(status('/a', '&format=html'), 'HIT', 'a format');
my $html = card('/a', '&format=html')->{header}{etag};
is(status('/404'), 'MISS', 'an error');
is(status('/gone'), 'MISS', 'a card');
is($n->card($o->url('/gone'), location => '/purge')->{code}, 204,
   'that is purged');
ok(!-e $file, 'nothing is written yet');

for my $signal (qw(QUIT TERM INT)) {
    $n->stop($signal);
    ok(-s $file, "$signal: a file");
    is((stat $file)[2] & 077, 0, 'for its owner alone');
    is(scalar(my @left = glob "$file.*"), 0, 'and nothing beside it');

    $n->start;
    my $r = card('/a');
    is($r->{header}{'x-cache'}, 'HIT', "$signal: the card is back");
    is($r->{body}, $first->{body}, 'as it was');
    is($r->{header}{etag}, $first->{header}{etag}, 'with its tag');
    my ($left) = $r->{header}{'cache-control'} =~ /max-age=(\d+)/;
    my $age = $r->{header}{age};
    ok($age >= 100 && $age < 160, 'the age goes on') or diag($age);
    ok(abs($left + $age - 1000) <= 1, 'and so does its life')
        or diag("$left, $age");
    is(card('/a', '&format=html')->{header}{etag}, $html, 'the format');
    is(status('/404'), 'HIT', 'the error');
}

is(status('/gone'), 'MISS', 'what was purged is not');
is($o->count('/a'), 1, 'one request at the origin');
is(scalar(warnings($n)), 0, 'no warning') or diag(warnings($n));

# time that passed meanwhile

$n->stop;
state_age($file, 500);
$n->start;
my $r = card('/a');
is($r->{header}{'x-cache'}, 'HIT', 'after 500 s');
ok($r->{header}{age} >= 600 && $r->{header}{age} < 700, 'it is 600 s old')
    or diag($r->{header}{age});
like($r->{header}{'cache-control'}, qr/max-age=(?:3[0-9][0-9]|400)$/,
     'and has 400 left');

$n->stop;
state_age($file, -5000);
$n->start;
$r = card('/a');
is($r->{header}{'x-cache'}, 'HIT', 'a wall clock that was set back');
ok($r->{header}{age} >= 600 && $r->{header}{age} < 700,
   'makes nothing younger') or diag($r->{header}{age});

$n->stop;
state_age($file, 90000);
$n->start;
$r = card('/a');
is($r->{header}{'x-cache'}, 'EXPIRED', 'after a day it is over');
is($r->json->{title}, '/a 2', 'and fetched');

# reload: the same zone, another size, another name

ok($n->reload, 'reload');
is(status('/a'), 'HIT', 'the card stays');
$r = card('/late');
ok($n->reload($conf, http => zone('1m', 'state=cards.state inactive=1h '
                                        . 'max_entry=32k')),
   'reload with other parameters');
is(status('/late'), 'HIT', 'a card that is in no file stays');
ok($n->reload($conf, http => zone('2m', 'state=cards.state')),
   'reload with another size');
like(status('/late'), qr/^(?:MISS|HIT)$/, 'begins anew');
is(status('/late'), 'HIT', 'and works');
is(card('/a')->{code}, 200, 'with what is in the file, or not');
$n->wait_old;

for my $size ('512k', '4m') {
    ok($n->reload($conf, http => zone($size, '')), "without a file: $size");
    is(status('/late'), 'MISS', 'begins empty');
    is(status('/late'), 'HIT', 'and works');
    $n->wait_old;
}

# a file for a zone of another size

my $many = 120;
$n->restart($conf, http => zone('1m', 'state=cards.state'));
card("/many/$_") for 1 .. $many;
$n->restart($conf, http => zone('8m', 'state=cards.state'));
is(scalar(grep { status("/many/$_") eq 'HIT' } 1 .. $many), $many,
   'a larger zone has all');
$n->restart($conf, http => zone('64k', 'state=cards.state'));
my @back = grep { status("/many/$_") eq 'HIT' } 1 .. $many;
ok(@back < $many, 'a smaller one what fits: ' . @back);
is(card('/new')->{code}, 200, 'and works');

# saved from time to time, for a master that is killed

$n->restart($conf, http => zone('1m', 'state=%%TESTDIR%%/deep.state save=1s'));
$file = temp_dir() . '/deep.state';
is(status('/saved'), 'MISS', 'a card');
ok(wait_for(sub { -s $file && read_file($file) =~ m{/saved} }, 10),
   'is saved after a second');
$n->kill('KILL');
$n->start;
is(status('/saved'), 'HIT', 'and back after the master was killed');

# what is no whole file of this version

$n->stop;
my $whole = read_file($file);
my $middle = int(length($whole) / 2);

my %damage = (
    'empty' => '',
    'one byte' => 'x',
    'text' => "text\n" x 100,
    'without its end' => substr($whole, 0, -1),
    'half' => substr($whole, 0, $middle),
    'longer' => $whole . 'x',
    'zeros' => "\0" x length $whole,
    'a bit in the header' => ($whole ^ ("\0" x 8 . "\1")),
    'a bit in the middle' => ($whole ^ ("\0" x $middle . "\1")),
    'a bit at the end' => ($whole ^ ("\0" x (length($whole) - 1) . "\1")),
);

for my $name (sort keys %damage) {
    my $d = nginx($conf, http => zone('1m', "state=$file.$$"), start => 0);
    write_file("$file.$$", $damage{$name});
    $d->start;
    my @warnings = warnings($d);
    is(scalar(@warnings), 1, "$name: one warning");
    like($warnings[0] || '', qr/no whole state file/, 'says what it is');
    $r = $d->card($o->url('/saved'));
    is($r->{header}{'x-cache'}, 'MISS', 'the cache begins empty');
    $d->stop;
    $d->start;
    $r = $d->card($o->url('/saved'));
    is($r->{header}{'x-cache'}, 'HIT', 'and the file is good at its end');
    is(scalar(warnings($d)), 1, 'without another warning');
    $d->stop;
    unlink "$file.$$";
}

# where it cannot be written

$n = nginx($conf, http => zone('1m', 'state=none/cards.state save=1s'));
is(status('/a'), 'MISS', 'no directory: works');
ok(wait_for(sub { warnings($n) }, 10), 'a warning');
select undef, undef, undef, 2.5;
is(scalar(warnings($n)), 1, 'once');
like((warnings($n))[0], qr/cannot be saved.*make the directory writable/,
     'with what to do');
is(status('/a'), 'HIT', 'goes on');

mkdir $n->dir . '/none' or die "mkdir: $!";
ok(wait_for(sub { -s $n->dir . '/none/cards.state' }, 10),
   'once there is a directory it is saved');
$n->stop;

my $d = nginx($conf, http => zone('1m', 'state=%%TESTDIR%%'));
is($d->card($o->url('/a'))->{code}, 200, 'a directory in its place: works');
is(scalar(warnings($d)), 1, 'one warning');
$d->stop;

# configurations

for (
    ['state=', qr/invalid parameter "state="/],
    ['save=', qr/invalid parameter "save="/],
    ['save=0', qr/invalid parameter "save=0"/],
    ['save=-1s', qr/invalid parameter "save=-1s"/],
    ['save=x', qr/invalid parameter "save=x"/],
    ['statefile=a', qr/invalid parameter "statefile=a"/],
) {
    my ($more, $message) = @$_;
    my ($good, $output) = conf_test($conf, http => zone('1m', $more));
    ok(!$good, "$more: refused");
    like($output, $message, 'says why');
}

my ($good, $output) = conf_test(<<"EOF", http => <<"ZONES");
    location /a { urlmeta \$arg_url; urlmeta_cache one; }
    location /b { urlmeta \$arg_url; urlmeta_cache two; }
EOF
    urlmeta_cache_zone zone=one:1m state=cards.state;
    urlmeta_cache_zone zone=two:1m state=cards.state;
ZONES
ok(!$good, 'two zones with one file: refused');
like($output, qr/cards\.state" of zone "two" is that of zone "one"/,
     'says which');

done_testing();
