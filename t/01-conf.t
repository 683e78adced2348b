#!/usr/bin/perl

# Directives: what is taken, what is refused and in which words.

use lib 't/lib';
use UrlMeta::Test;

sub good {
    my ($conf, $what, %option) = @_;
    my ($ok, $output) = conf_test($conf, %option);
    ok($ok, "taken: $what") or diag($output);
    return;
}

sub bad {
    my ($conf, $message, $what, %option) = @_;
    my ($ok, $output) = conf_test($conf, %option);
    ok(!$ok, "refused: $what");
    like($output, $message, "refused: $what: says why");
    return;
}

sub in {
    my ($directives) = @_;
    return "location / { urlmeta \$arg_url; $directives }\n";
}

good(in(''), 'urlmeta alone');
good(in("urlmeta_$_;"), $_) for (
    'format json', 'format html', 'format fragment', 'format auto',
    'format $arg_format', 'details on', 'details $arg_d',
    'cache cards', 'cache off', 'cache_key $urlmeta_url$arg_x',
    'cache_valid 5m', 'cache_valid 200 301 1h', 'cache_valid error 10s',
    'cache_valid any 1m', 'cache_valid 404 0', 'cache_control private',
    'cache_bypass $arg_x $arg_y', 'no_cache $arg_x',
    'connect_timeout 500ms', 'read_timeout 5', 'timeout 1m',
    'max_header_size 8k', 'max_body_size 1m', 'max_redirects 0',
    'user_agent "me ($host)"', 'accept_language $http_accept_language',
    'set_header X-A $arg_a', 'ssl_verify off',
    'allow 127.0.0.1', 'allow 10.0.0.0/8', 'allow 127.0.0.1:8081',
    'allow [::1]:8081', 'allow ::1', 'allow fd00::/8', 'allow all',
    'deny 192.0.2.1', 'deny all', 'ports 80 443 8080', 'ports 8000-8999',
    'schemes http', 'schemes http https', 'hosts example.com .example.org',
    'hosts *', 'log_level info',
);

bad(in("urlmeta_$_->[0];"), $_->[1], $_->[0]) for (
    ['format nonsense', qr/unknown format "nonsense"/],
    ['details maybe', qr/invalid value "maybe"/],
    ['cache nonsense', qr/zone "nonsense"/],
    ['cache_valid', qr/invalid number of arguments/],
    ['cache_valid soon', qr/invalid time value "soon"/],
    ['cache_valid 99 1m', qr/invalid status "99"/],
    ['cache_valid often 1m', qr/invalid status "often"/],
    ['cache_control sometimes', qr/invalid value "sometimes"/],
    ['connect_timeout 0', qr/must be more than zero/],
    ['timeout never', qr/invalid value/],
    ['max_body_size 0', qr/must be more than zero/],
    ['max_header_size x', qr/invalid value/],
    ['max_redirects -1', qr/invalid number/],
    ['set_header Host x', qr/header "Host" cannot be set/],
    ['set_header accept-encoding br', qr/cannot be set/],
    ['set_header "A: b" x', qr/invalid header name/],
    ['allow 300.0.0.1', qr/300\.0\.0\.1/],
    ['allow nonsense', qr/nonsense/],
    ['allow 127.0.0.1:99999', qr/99999/],
    ['allow 127.0.0.1:0', qr/127\.0\.0\.1:0/],
    ['deny 10.0.0.0/33', qr{10\.0\.0\.0/33}],
    ['ports 0', qr/0/],
    ['ports 70000', qr/70000/],
    ['ports 90-80', qr/90-80/],
    ['ports web', qr/web/],
    ['schemes ftp', qr/invalid value "ftp"/],
    ['log_level loud', qr/invalid value "loud"/],
);

bad(in('urlmeta $arg_x;'), qr/is duplicate/, 'urlmeta twice');
bad(in("urlmeta_$_; urlmeta_$_;"), qr/is duplicate/, "$_ twice")
    for 'format json', 'details on', 'cache cards', 'timeout 1s',
        'cache_key $urlmeta_url', 'user_agent x';

bad('urlmeta $arg_url;', qr/not allowed here/, 'urlmeta in server');
bad("location / { if (\$arg_x) { urlmeta \$arg_url; } }",
    qr/not allowed here/, 'urlmeta in if');
bad(in('urlmeta_max_fetches 1;'), qr/not allowed here/,
    'urlmeta_max_fetches in location');
bad(in(''), qr/must be more than zero/, 'urlmeta_max_fetches 0',
    http => 'urlmeta_max_fetches 0;');

sub zone { return (http => "urlmeta_cache_zone $_[0];") }

good(in('urlmeta_cache z;'), $_, zone($_)) for (
    'zone=z:64k', 'zone=z:10m inactive=1h', 'zone=z:10m max_entry=16k',
    'zone=z:10m inactive=2d max_entry=1m',
);

bad(in(''), $_->[1], $_->[0], zone($_->[0])) for (
    ['zone=z', qr/invalid parameter "zone=z"/],
    ['zone=:10m', qr/invalid parameter/],
    ['zone=z:10x', qr/invalid parameter/],
    ['zone=z:4k', qr/is too small/],
    ['inactive=1h', qr/must have "zone" parameter/],
    ['zone=z:10m inactive=0', qr/invalid parameter "inactive=0"/],
    ['zone=z:10m max_entry=10', qr/invalid "max_entry=10"/],
    ['zone=z:10m max_entry=2m', qr/invalid "max_entry=2m"/],
    ['zone=z:10m color=red', qr/invalid parameter "color=red"/],
);

bad(in(''), qr/is already defined|too large|conflicts/, 'a zone twice',
    http => 'urlmeta_cache_zone zone=z:1m; urlmeta_cache_zone zone=z:1m;');

# inheritance: a location's lists replace those of its server

my $o = origin('*' => [200, 'text/html', '<title>Page</title>']);
my $p = origin('*' => [200, 'text/html', '<title>Page</title>']);

my $n = nginx(<<"EOF");
    urlmeta_allow @{[$o->address]};
    urlmeta_set_header X-One 1;
    urlmeta_user_agent server;

    location /inherits { urlmeta \$arg_url; }
    location /replaces {
        urlmeta \$arg_url;
        urlmeta_allow @{[$p->address]};
        urlmeta_set_header X-Two 2;
    }
EOF

is($n->card($o->url('/1'), location => '/inherits')->{code}, 200,
   'rules are inherited');
is($n->card($o->url('/2'), location => '/replaces')->{code}, 403,
   'or replaced');
is($n->card($p->url('/3'), location => '/replaces')->{code}, 200,
   'by the new ones');

my ($request) = $o->requests('/1');
is($request->{header}{'x-one'}, 1, 'headers are inherited');
is($request->{header}{'user-agent'}, 'server', 'and values');
($request) = $p->requests('/3');
is($request->{header}{'x-two'}, 2, 'headers are replaced');
ok(!exists $request->{header}{'x-one'}, 'all of them');

# without http {}, nothing breaks

{
    my $dir = temp_dir('bare');
    my $module = UrlMeta::Nginx::module();
    write_file("$dir/nginx.conf",
               ($module ? "load_module $module;\n" : '')
               . "pid $dir/pid;\nerror_log $dir/log;\nevents {}\n");
    my ($code, $output) = run(10, UrlMeta::Nginx::binary(), '-t', '-p', $dir,
                              '-e', "$dir/log", '-c', "$dir/nginx.conf");
    is($code, 0, 'no http block') or diag($output);
}

done_testing();
