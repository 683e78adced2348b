#!/usr/bin/perl

# urlmeta_cache_purge: one key, or all that begin alike; who may, and how.

use lib 't/lib';
use UrlMeta::Test;

my $o = origin(
    '/404' => [404, 'text/html', ''],
    '/slow' => [200, 'text/html', '<title>slow</title><p>x', {delay => 2.5}],
    '*' => sub {
        my ($socket, $request) = @_;
        return [200, 'text/html', "<title>$request->{path}</title><p>x"];
    },
);

my $conf = <<"EOF";
geo \$purger {
    default    0;
    127.0.0.1  1;
}

map \$request_method:\$purger \$purge {
    default    0;
    "PURGE:1"  1;
}

server {
    listen 127.0.0.1:%%PORT%%;
    @{[allow($o)]}
    urlmeta_cache cards;
    add_header X-Cache \$urlmeta_cache_status always;

    location /card {
        urlmeta \$arg_url;
        urlmeta_format \$arg_format;
        urlmeta_cache_purge \$purge;
    }

    location /key {
        urlmeta \$arg_url;
        urlmeta_cache_key \$arg_key;
        urlmeta_cache_purge \$arg_purge;
    }

    # nobody but who is let in
    location /limited {
        urlmeta \$arg_url;
        urlmeta_cache_purge \$purge;
        limit_except GET { deny all; }
    }

    location /stranger {
        urlmeta \$arg_url;
        set \$purger 0;
        urlmeta_cache_purge \$arg_purge \$arg_also;
    }

    location /off {
        urlmeta \$arg_url;
        urlmeta_cache off;
        urlmeta_cache_purge 1;
    }

    location /page {
        default_type text/html;
        ssi on;
        root %%TESTDIR%%/pages;
    }
}
EOF

my $n = nginx($conf, workers => 2,
              http => 'urlmeta_cache_zone zone=cards:16m;');

my $port = $o->port;

sub uri {
    my ($location, $path, $more) = @_;
    return "$location?url=" . url_encode($o->url($path)) . ($more || '');
}

sub purge {
    my ($path, %option) = @_;
    return $n->request($option{method} || 'PURGE',
                       uri($option{location} || '/card', $path,
                           $option{more}));
}

sub status {
    my ($path, $location, $more) = @_;
    my $r = $n->get(uri($location || '/card', $path, $more));
    return $r->{header}{'x-cache'};
}

# one key, in all formats

is(status('/a'), 'MISS', 'a card');
is(status('/a', '/card', "&format=$_"), 'HIT', "and its $_")
    for qw(html fragment);
is(status('/b'), 'MISS', 'another card');

my $r = purge('/a');
is($r->{code}, 204, 'it is purged');
is($r->{body}, '', 'without a word');
$r = purge('/a');
is($r->{code}, 404, 'and gone');

is(status('/a', '/card', '&format=html'), 'MISS', 'in all formats');
is(status('/a'), 'HIT', 'anew');
is(status('/b'), 'HIT', 'the other stays');
is($o->count('/a'), 2, 'the origin was asked twice');

is(status('/a', '/card', '&format=html'), 'HIT', 'a variant');
is(purge('/a', more => '&format=html')->{code}, 204,
   'purged by a format that it has');
is(status('/a'), 'MISS', 'all of it');
is(purge('/a', more => '&format=fragment')->{code}, 204,
   'and by one that it has not');
is(status('/a'), 'MISS', 'all of it');

is(purge('/never')->{code}, 404, 'what was never there');

is(status('/404'), 'MISS', 'an error');
is(status('/404'), 'HIT', 'is kept');
is(purge('/404')->{code}, 204, 'and purged');
is(status('/404'), 'MISS', 'too');

# another spelling of the URL

$r = $n->request('PURGE', '/card?url='
                 . url_encode("HTTP://127.0.0.1:$port/x/../b#y"));
is($r->{code}, 204, 'by another spelling');
is(status('/b'), 'MISS', 'of the same URL');

# a connection goes on

my $c = $n->connect;
$c->get(uri('/card', '/keep'));
is($c->request('PURGE', uri('/card', '/keep'))->{code}, 204, 'a connection');
is($c->request('PURGE', uri('/card', '/keep'))->{code}, 404, 'goes on');
is($c->get(uri('/card', '/keep'))->{header}{'x-cache'}, 'MISS',
   'after a purge');
$c->close;

# bad URLs

is($n->request('PURGE', '/card')->{code}, 400, 'no URL');
is($n->request('PURGE', '/card?url=gopher%3A%2F%2Fx%2F')->{code}, 400,
   'a bad one');
is($n->request('PURGE', '/card?url=http%3A%2F%2F10.0.0.1%2F')->{code}, 403,
   'one that is denied');

# who may

is(status('/w'), 'MISS', 'a card');
is($n->request('DELETE', uri('/card', '/w'))->{code}, 405, 'another method');
is(status('/w'), 'HIT', 'purges nothing');
is($n->request('PURGE', uri('/limited', '/w'))->{code}, 403, 'limit_except');
is(status('/w'), 'HIT', 'purges nothing');
is($n->request('PURGE', uri('/stranger', '/w'))->{code}, 405,
   'no predicate: the method is none');
is($n->get(uri('/stranger', '/w', '&purge=0'))->{header}{'x-cache'}, 'HIT',
   '"0" is no');
is($n->get(uri('/stranger', '/w', '&purge='))->{header}{'x-cache'}, 'HIT',
   'nor is nothing');
is($n->get(uri('/stranger', '/w', '&purge=0&also=1'))->{code}, 204,
   'one of two is enough');
is(status('/w'), 'MISS', 'it is gone');
is($n->head(uri('/stranger', '/w', '&purge=1'))->{code}, 204, 'by HEAD');
is(status('/w'), 'MISS', 'it is gone');
is($n->request('POST', uri('/stranger', '/w', '&purge=1'),
               body => 'x' x 1000)->{code}, 204, 'by POST, with a body');
is(status('/w'), 'MISS', 'it is gone');
is($n->get(uri('/off', '/w'))->{code}, 404, 'without a cache');
is(status('/w'), 'HIT', 'nothing is purged');

# all that begin alike

$c = $n->connect;
my $all = sanitized() ? 300 : 900;
my $bad = 0;

for my $i (1 .. $all) {
    my $group = $i % 3;
    $bad++ if $c->get(uri('/key', "/many/$i", "&key=g$group/$i"))->{code}
              != 200;
}

$c->close;
is($bad, 0, "$all cards in three groups");

sub key {
    my ($key, $purge) = @_;
    return $n->get(uri('/key', '/many/1', "&key=$key"
                       . ($purge ? '&purge=1' : '')));
}

is(key('g1/1')->{header}{'x-cache'}, 'HIT', 'one of the first');
is(key('g1/1*', 1)->{code}, 204, 'a prefix that some have');
is(key('g1/1')->{header}{'x-cache'}, 'MISS', 'removes it');
is(key('g1/4')->{header}{'x-cache'}, 'HIT', 'and no other');
is(key('g1/*', 1)->{code}, 204, 'the whole group');
is(key('g1/*', 1)->{code}, 404, 'which is gone');
is(key('g1/4')->{header}{'x-cache'}, 'MISS', 'all of it');
is(key('g2/5')->{header}{'x-cache'}, 'HIT', 'another group');
is(key('none*', 1)->{code}, 404, 'a prefix that nobody has');
is(key('g2/5', 1)->{code}, 204, 'without an asterisk: one');
is(key('g2/8')->{header}{'x-cache'}, 'HIT', 'alone');

# whatever location it came from: those of /card have their URLs as names

is(status('/card/1'), 'MISS', 'a card with a usual key');
is(status('/card/1', '/card', '&format=html'), 'HIT', 'and a format');
is(status('/other'), 'MISS', 'and another');
is(purge('/card/*')->{code}, 204, 'a prefix of URLs');
is(status('/card/1', '/card', '&format=html'), 'MISS', 'removes all formats');
is(status('/other'), 'HIT', 'and no other');
is(key("http://127.0.0.1:$port/card/*", 1)->{code}, 204,
   'and from another location, too');
is(status('/card/1'), 'MISS', 'it is gone');
is(key('g2/8')->{header}{'x-cache'}, 'HIT', 'what has another key is not');

# while others go on

my @before = map { $n->connect } 1 .. 4;
$_->send($_->message('GET', uri('/key', '/many/2', '&key=g2/8'),
                     keepalive => 1)) for @before;
$c = $n->connect;
$c->send($c->message('GET', uri('/key', '/many/1', '&key=g0/*&purge=1')));
my $r2 = $n->get(uri('/key', '/many/2', '&key=g2/11'));
is($r2->{code}, 200, 'a request while a prefix is purged');
is(scalar(grep { $_->response->{code} == 200 } @before), 4, 'and others');
is($c->response->{code}, 204, 'the purge');
$_->close for $c, @before;

# a client that does not wait

$bad = 0;
$c = $n->connect;
for my $i (1 .. 60) {
    $bad++ if $c->get(uri('/key', "/left/$i", "&key=left/$i"))->{code} != 200;
}
$c->close;
is($bad, 0, 'more cards');

$c = $n->connect;
$c->send($c->message('GET', uri('/key', '/left/1', '&key=left/*&purge=1')));
$c->reset;

for (1 .. 20) {
    $c = $n->connect;
    $c->send($c->message('GET', uri('/key', '/x', '&key=none/*&purge=1')));
    $_ % 2 ? $c->reset : $c->close;
}

ok(wait_for(sub { key('left/*', 1)->{code} == 404 }),
   'a purge whose client left');
is(key('left/7')->{header}{'x-cache'}, 'MISS', 'was made');

# what is fetched at this moment is a card of after the purge

$c = $n->connect;
$c->send($c->message('GET', uri('/card', '/slow')));
wait_for(sub { $o->count('/slow') });
is(purge('/slow')->{code}, 404, 'what is being fetched cannot be purged yet');
is($c->response->{code}, 200, 'its client gets it');
$c->close;
is(purge('/slow')->{code}, 204, 'then it can');

# subrequests

my $page = uri('/card', '/sub');
write_file(temp_dir() . '/pages/page/one.html',
           '<!--# include virtual="'
           . uri('/stranger', '/sub', '&purge=1') . '" -->|');
write_file(temp_dir() . '/pages/page/many.html',
           '<!--# include virtual="'
           . uri('/key', '/sub', '&key=g2/*&purge=1') . '" -->|'
           . '<!--# include virtual="'
           . uri('/key', '/sub', '&key=g2/*&purge=1') . '" -->|');

is(status('/sub'), 'MISS', 'a card');
$r = $n->get('/page/one.html');
is($r->{code}, 200, 'a subrequest');
like($r->{body}, qr/\|$/, 'brings no body');
is(status('/sub'), 'MISS', 'and purges it');
is(key('g2/8')->{header}{'x-cache'}, 'HIT', 'cards of a group');
$r = $n->get('/page/many.html');
is($r->{code}, 200, 'subrequests for a prefix');
like($r->{body}, qr/\|.*\|$/s, 'end both');
is(key('g2/*', 1)->{code}, 404, 'and purge it');

# nginx ends in the midst of it

$c = $n->connect;
$c->send($c->message('GET', uri('/key', '/x', '&key=none*&purge=1')));
ok($n->reload, 'a reload');
ok($n->wait_old, 'waits for a purge');
is($c->response->{code}, 404, 'which has its answer');
$c->close;

done_testing();
