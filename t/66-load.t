#!/usr/bin/perl

# A second of load: misses, then hits; no error, no leak.

use lib 't/lib';
use UrlMeta::Test;

my ($found) = run(5, 'sh', '-c', 'command -v wrk');

if ($found != 0) {
    plan(skip_all => 'no wrk');
}

my $pages = join '', map {
    "location = /$_ { return 200 \"<title>Page $_</title>"
    . "<meta property='og:title' content='Page $_'>\"; }\n"
} 1 .. 200;

my $o = nginx(<<"EOF", module => 0, debug => 0, access_log => 0);
    default_type text/html;
    keepalive_requests 1000000;
    $pages
EOF

my $n = nginx(<<"EOF", debug => 0, access_log => 0, connections => 2048);
    urlmeta_allow @{[$o->address]};
    location /miss { urlmeta \$arg_url; }
    location /hit { urlmeta \$arg_url; urlmeta_cache cards; }
EOF

my $lua = temp_dir('wrk') . '/urls.lua';

my ($worker) = $n->worker_pids;
$n->get('/miss?url=' . url_encode($o->url('/1')));
my $files = $n->open_files($worker);

for my $location ('/miss', '/hit') {
    write_file($lua, <<"EOF");
local i = 0
request = function()
    i = i % 200 + 1
    return wrk.format("GET", "$location?url=http://@{[$o->address]}/" .. i)
end
EOF

    # the first run fills pools and caches
    run(20, 'wrk', '-t1', '-c64', '-d1s', '-s', $lua, $n->url('/'));
    my $rss = $n->rss($worker);

    my ($code, $out) = run(20, 'wrk', '-t1', '-c64', '-d2s', '-s', $lua,
                           $n->url('/'));

    is($code, 0, "$location: wrk");
    my ($requests) = $out =~ /(\d+) requests in/;
    ok($requests > 100, "$location: $requests requests");
    unlike($out, qr/Non-2xx/, "$location: all 200");
    unlike($out, qr/Socket errors/, "$location: no socket error");
    ok(sanitized() || $n->rss($worker) - $rss < 2048,
       "$location: memory is flat")
        or diag($n->rss($worker) - $rss);
}

ok(wait_for(sub { $n->open_files($worker) <= $files }, 20),
   'descriptors are back where they began')
    or diag($n->open_files($worker), " $files");

is(scalar $n->logged(qr/\[(?:error|alert|crit)\]/), 0,
   'nothing in the log');

done_testing();
