#!/usr/bin/perl

# Redirects: our own loop, each hop judged anew.

use lib 't/lib';
use UrlMeta::Test;

my $canary = origin('*' => [200, 'text/html', '<title>canary</title>']);

sub to {
    my ($location, $status) = @_;
    return [$status || 302, {Location => $location}, ''];
}

my $o = origin(
    '/page' => [200, 'text/html', '<title>Page</title>'],
    '/301' => to('/page', 301),
    '/302' => to('/page', 302),
    '/303' => to('/page', 303),
    '/307' => to('/page', 307),
    '/308' => to('/page', 308),
    '/body' => [302, {Location => '/page'}, 'x' x 100000],
    '/relative/a' => to('../page'),
    '/query' => to('?x=1'),
    '/fragment' => to('/page#part'),
    '/chain/1' => to('/chain/2'),
    '/chain/2' => to('/chain/3'),
    '/chain/3' => to('/page'),
    '/loop' => to('/loop'),
    '/private' => to($canary->url('/')),
    '/port' => to('http://127.0.0.1:' . free_port() . '/'),
    '/metadata' => to('http://169.254.169.254/latest/meta-data/'),
    '/file' => to('file:///etc/passwd'),
    '/gopher' => to('gopher://127.0.0.1:' . $canary->port . '/'),
    '/ftp' => to('ftp://127.0.0.1:' . $canary->port . '/'),
    '/user' => to('http://user:password@127.0.0.1/'),
    '/none' => [302, {}, ''],
    '/blank' => to(''),
    '/space' => to('/pa ge'),
    '/backslash' => to('http:\\\\127.0.0.1\\'),
    '/long' => to('/' . ('x' x 3000)),
    '/two' => [302, [Location => '/page', Location => '/302'], ''],
    '/same' => [302, [Location => '/page', Location => '/page'], ''],
    '/304' => [304, {}, ''],
    '/300' => [300, {Location => '/page'}, ''],
);

my $n = nginx(<<"EOF");
    location /card {
        urlmeta \$arg_url;
        @{[allow($o)]}
    }

    location /two {
        urlmeta \$arg_url;
        urlmeta_max_redirects 2;
        @{[allow($o)]}
    }

    location /zero {
        urlmeta \$arg_url;
        urlmeta_max_redirects 0;
        @{[allow($o)]}
    }
EOF

for (301, 302, 303, 307, 308) {
    my $r = $n->card($o->url("/$_"));
    is($r->{code}, 200, "$_: status");
    is($r->json->{title}, 'Page', "$_: title");
    is($r->json->{effective_url}, $o->url('/page'), "$_: effective URL");
    is_deeply($r->json->{http}{redirects},
              [{status => $_, url => $o->url("/$_")}], "$_: in http");
}

my %effective = (
    '/body' => '/page',
    '/relative/a' => '/page',
    '/fragment' => '/page',
    '/same' => '/page',
);

for (sort keys %effective) {
    my $r = $n->card($o->url($_));
    is($r->{code}, 200, "$_: status");
    is($r->json->{effective_url}, $o->url($effective{$_}), "$_: effective");
}

is($n->card($o->url('/query'))->json->{code}, 'redirect_limit',
   'a redirect to its own path with a query');
is(scalar(grep { $_->{uri} eq '/query?x=1' } $o->requests), 5,
   'was followed as such');

my $r = $n->card($o->url('/chain/1'));
is($r->json->{effective_url}, $o->url('/page'), 'a chain');
is_deeply([map { $_->{url} } @{$r->json->{http}{redirects}}],
          [map { $o->url("/chain/$_") } 1 .. 3], 'its hops in order');

$r = $n->card($o->url('/loop'));
is($r->{code}, 502, 'a loop: status');
is($r->json->{code}, 'redirect_limit', 'a loop: code');
is($o->count('/loop'), 6, 'a loop: five redirects are six requests');

$r = $n->card($o->url('/chain/1'), location => '/two');
is($r->json->{code}, 'redirect_limit', 'urlmeta_max_redirects 2');
$r = $n->card($o->url('/chain/2'), location => '/two');
is($r->{code}, 200, 'two are allowed');
$r = $n->card($o->url('/302'), location => '/zero');
is($r->json->{code}, 'redirect_limit', 'urlmeta_max_redirects 0');

for (qw(/private /port /metadata /file /gopher /ftp /user /none /blank /space
        /backslash /long /two))
{
    $r = $n->card($o->url($_));
    is($r->{code}, 502, "$_: status");
    is($r->json->{code}, 'redirect_denied', "$_: code");
    unlike($r->{body}, qr/169\.254|passwd/, "$_: says nothing of the target");
}

is($canary->connections, 0, 'nobody came to the canary');

$r = $n->card($o->url('/304'));
is($r->json->{code}, 'protocol_error', 'a 304 that was not asked for');
$r = $n->card($o->url('/300'));
is($r->json->{code}, 'upstream_status', 'a 300 is no redirect');

done_testing();
