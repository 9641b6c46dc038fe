blur $image $sigma $kernel $blurred
