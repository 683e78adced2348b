#!/usr/bin/perl

# The sanitizers see what a worker does: each of three mistakes is reported,
# and where there is none, nothing is.  Run by "make asan" with a binary that
# has them.

use lib 't/lib';
use UrlMeta::Test;

plan skip_all => 'only in "make asan"' if !$ENV{TEST_URLMETA_CANARY};

my $o = origin('/' => [200, 'text/html', '<title>One</title>']);

my %expected = (
    rubbish => qr/AddressSanitizer: heap-buffer-overflow.*canary_overrun/s,
    leak => qr/LeakSanitizer: detected memory leaks.*7700 byte.*canary_leak/s,
    flow => qr/canary\.c:\d+:\d+: runtime error: signed integer overflow/,
);

for my $name (sort keys %expected) {
    my $n = nginx(<<"EOF");
        location /card {
            urlmeta \$arg_url;
            @{[allow($o)]}
        }
EOF

    is($n->card($o->url('/'))->{code}, 200, "$name: a card before");
    $n->card("http://canary-$name.test/");
    $n->stop;

    my $reports = join "\n", $n->take_sanitizer_reports;
    like($reports, $expected{$name}, "$name: reported");
}

my $n = nginx(<<"EOF");
    location /card {
        urlmeta \$arg_url;
        @{[allow($o)]}
    }
EOF

is($n->card($o->url('/'))->{code}, 200, 'a card');

done_testing();
