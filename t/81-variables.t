#!/usr/bin/perl

# Variables, in logs and headers.

use lib 't/lib';
use UrlMeta::Test;

my $o = origin(
    '/page' => [200, 'text/html', '<title>Page</title>'],
    '/from' => [302, {Location => '/page'}, ''],
    '/404' => [404, 'text/html', ''],
);

my $n = nginx(<<"EOF");
    @{[allow($o)]}
    location /card {
        urlmeta \$arg_url;
        urlmeta_cache cards;
        add_header X-Url \$urlmeta_url always;
        add_header X-Effective \$urlmeta_effective_url always;
        add_header X-Cache \$urlmeta_cache_status always;
        add_header X-Status \$urlmeta_status always;
        add_header X-Error \$urlmeta_error always;
        add_header X-Time \$urlmeta_fetch_time always;
        add_header X-Age \$urlmeta_age always;
    }

    location /none {
        add_header X-Url "[\$urlmeta_url]";
        return 204;
    }

    location /redirected {
        urlmeta \$arg_url;
        error_page 418 = /none;
    }
EOF

my $r = $n->card('HTTP://127.0.0.1:' . $o->port . '/./from#x');

is($r->{header}{'x-url'}, $o->url('/from'), '$urlmeta_url');
is($r->{header}{'x-effective'}, $o->url('/page'), '$urlmeta_effective_url');
is($r->{header}{'x-cache'}, 'MISS', '$urlmeta_cache_status');
is($r->{header}{'x-status'}, '200', '$urlmeta_status');
ok(!exists $r->{header}{'x-error'}, '$urlmeta_error is empty');
like($r->{header}{'x-time'}, qr/^\d+\.\d{3}$/, '$urlmeta_fetch_time');
is($r->{header}{'x-age'}, '0', '$urlmeta_age');

$r = $n->card($o->url('/from'));

is($r->{header}{'x-effective'}, $o->url('/page'), 'a hit: effective URL');
is($r->{header}{'x-cache'}, 'HIT', 'a hit');
is($r->{header}{'x-status'}, '200', 'a hit: status');
ok(!exists $r->{header}{'x-time'}, 'a hit: nothing was fetched');

for ('MISS', 'HIT') {
    $r = $n->card($o->url('/404'));
    is($r->{header}{'x-cache'}, $_, "404, $_");
    is($r->{header}{'x-error'}, 'upstream_status', "404, $_: error");
    is($r->{header}{'x-status'}, '404', "404, $_: status");
}

$r = $n->card('nonsense');
is($r->{header}{'x-error'}, 'url_invalid', 'a bad URL: error');
is($r->{header}{'x-url'}, 'nonsense', 'a bad URL: as it was asked');
ok(!exists $r->{header}{'x-cache'}, 'a bad URL: no cache');

$r = $n->get('/card?url=nonsense%0d%0aSet-Cookie:%20evil=1');
ok(!exists $r->{header}{'set-cookie'}, 'what was asked begins no header');
ok(!exists $r->{header}{'x-url'}, 'and is left out');

is($n->get('/none')->{header}{'x-url'}, '[]', 'elsewhere: empty');

done_testing();
