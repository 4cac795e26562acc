// Atlas' own sample, without its console prompt. Arguments: address, user, password file.
def word = new File(args[2]).text
org.apache.atlas.examples.QuickStartV2.runQuickstart([args[0]] as String[], [args[1], word] as String[])
System.exit(0)
