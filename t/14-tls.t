#!/usr/bin/perl

# https: verified, against the right name, by the location's certificates.

use lib 't/lib';
use UrlMeta::Test;

my $o = origin('*' => [200, 'text/html', '<title>Secret</title>']);

my $good = tls_origin($o, names => ['site.test.com', '127.0.0.1']);
my $expired = tls_origin($o, names => ['127.0.0.1'], expired => 1);
my $selfish = tls_origin($o, names => ['127.0.0.1'], self_signed => 1);

# answers what is no HTTP, as every server does but the test's own origin
my $plain = nginx("location / { return 200; }\n", module => 0);

my $d = dns({'site.test.com' => ['127.0.0.1'],
             'other.test.com' => ['127.0.0.1']});

my $n = nginx(<<"EOF");
    resolver @{[$d->address]} ipv6=off;
    @{[allow($good, $expired, $selfish, $plain)]}

    location /card {
        urlmeta \$arg_url;
        urlmeta_ssl_trusted_certificate @{[$good->ca]};
    }

    location /system { urlmeta \$arg_url; }

    location /unverified {
        urlmeta \$arg_url;
        urlmeta_ssl_verify off;
    }

    location /http {
        urlmeta \$arg_url;
        urlmeta_schemes http;
    }
EOF

my $r = $n->card($good->url('/', 'site.test.com'));
is($r->{code}, 200, 'by name');
is($r->json->{title}, 'Secret', 'title');
is($n->card($good->url('/'))->{code}, 200, 'by address');

# again, now on a kept connection or with a resumed session
is($n->card($good->url("/$_", 'site.test.com'))->{code}, 200, "again $_")
    for 1 .. 3;

for ([$good->url('/', 'other.test.com'), 'another name'],
     [$expired->url('/'), 'expired'],
     [$selfish->url('/'), 'self-signed'],
     ['https://' . $plain->address . '/', 'plain HTTP'])
{
    my ($url, $what) = @$_;
    $r = $n->card($url);
    is($r->{code}, 502, "$what: status");
    is($r->json->{code}, 'tls_failed', "$what: code");
}

$r = $n->card($good->url('/'), location => '/system');
is($r->json->{code}, 'tls_failed', 'the system does not know our authority');

is($n->card($selfish->url('/'), location => '/unverified')->{code}, 200,
   'urlmeta_ssl_verify off');

$r = $n->card($good->url('/'), location => '/http');
is($r->{code}, 400, 'urlmeta_schemes: status');
is($r->json->{code}, 'scheme_denied', 'urlmeta_schemes: code');

# what OpenSSL left behind must not be found by a client's connection

is(scalar $n->logged(qr/ignoring stale global SSL error/), 0,
   'no stale errors');

# the CA file is read once, when the worker starts: no request waits for it

my $file = temp_dir('ca') . '/ca.pem';
write_file($file, read_file($good->ca));

my $m = nginx(<<"EOF");
    @{[allow($good)]}
    location /card {
        urlmeta \$arg_url;
        urlmeta_ssl_trusted_certificate $file;
    }
EOF

unlink $file or die "unlink: $!";
is($m->card($good->url('/1'))->{code}, 200, 'the CA file is read ahead');

my ($ok, $output) = conf_test(<<'EOF');
    location / {
        urlmeta $arg_url;
        urlmeta_ssl_trusted_certificate /nonexistent.pem;
    }
EOF

ok(!$ok, 'a certificate file that is not there is refused');
like($output, qr/nonexistent\.pem/, 'and named');

done_testing();
