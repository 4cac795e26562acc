// Make one entity a shell. Arguments: guid, answer file.
def graph = org.apache.atlas.repository.graphdb.janus.AtlasJanusGraphDatabase.getGraphInstance()
def tx = graph.newTransaction()
def vertex = tx.traversal().V().has('__guid', args[0]).next()
vertex.property('__isIncomplete', 1)
tx.commit()
new File(args[1]).text = 'done'
System.exit(0)
